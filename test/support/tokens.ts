import { createHmac } from 'node:crypto';

/** A well-formed API key whose secret is nowhere else in the repository. */
export const secret = 'Zq3-vL9_xT7wKp2RmN8sYbD5';
export const keyName = 'appId1.keyId';
export const key = `${keyName}:${secret}`;

/** The moment that the tests of time stand around: a whole second, and a Date that is not now. */
export const issuedAt = new Date('2026-01-02T03:04:05Z');
export const iat = issuedAt.getTime() / 1000;

export const base64url = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');

export const hmac = (input: string, hmacKey: string = secret) =>
  createHmac('sha256', hmacKey).update(input).digest('base64url');

export interface RawToken {
  /** An object, or the JSON text to put there as it is. */
  header?: object | string;
  payload?: object | string;
  /** Signs; a right signature by default. */
  secret?: string;
}

const text = (part: object | string) => (typeof part === 'string' ? part : JSON.stringify(part));

export const goodHeader = { alg: 'HS256', typ: 'JWT', kid: keyName };
export const goodPayload = { iat, exp: iat + 3600, 'x-ably-capability': '{"chat:*":["subscribe"]}' };

/** A token made by hand, with whatever faults a test needs, and signed. */
export function rawJwt({
  header = goodHeader,
  payload = goodPayload,
  secret: hmacKey,
}: RawToken = {}): string {
  const input = `${base64url(text(header))}.${base64url(text(payload))}`;
  return `${input}.${hmac(input, hmacKey)}`;
}

/** The three parts of a compact JWS, the first two decoded. */
export function parts(jwt: string): { header: string; payload: string; signature: string } {
  const [header = '', payload = '', signature = ''] = jwt.split('.');
  return {
    header: Buffer.from(header, 'base64url').toString(),
    payload: Buffer.from(payload, 'base64url').toString(),
    signature,
  };
}

/** The claims of a token. Its signature is not looked at. */
export const claimsOf = (jwt: string) => JSON.parse(parts(jwt).payload) as Record<string, unknown>;
