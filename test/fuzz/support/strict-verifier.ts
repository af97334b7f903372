import { createHmac } from 'node:crypto';
import { type Json, readStrictJson } from './strict-json.js';

/** The rules of an Ably JWT once more, written from Ably's documentation and the RFCs, with nothing of the package. */
export interface Verifier {
  readonly keyName: string;
  readonly secret: string;
  /** The time in seconds. */
  readonly now: number;
}

const maxChars = 131_072;

/** The token that Ably judges: the one inside, if there is one. Undefined if none can be read. */
export function judgedToken(jwt: string): string | undefined {
  const parts = jwt.split('.');
  const header = parts.length === 3 || parts.length === 5 ? readPart(parts[0]!) : undefined;
  if (header === undefined) return undefined;
  const payload = parts.length === 3 ? readPart(parts[1]!) : undefined;
  const inner = header.get('x-ably-token') ?? payload?.get('x-ably-token');
  return typeof inner === 'string' ? inner : jwt;
}

/** Whether a token may be accepted. */
export function mayBeAccepted(jwt: string, verifier: Verifier): boolean {
  if (jwt.length > maxChars) return false;
  const inner = judgedToken(jwt);
  if (inner === undefined) return false;
  if (inner === jwt) return mayBeAcceptedItself(jwt, verifier);
  const outerExp = jwt.split('.').length === 3 ? readPart(jwt.split('.')[1]!)?.get('exp') : undefined;
  const innerExp = readPart(inner.split('.')[1] ?? '')?.get('exp');
  if (typeof outerExp === 'number' && typeof innerExp === 'number' && outerExp > innerExp) return false;
  return judgedToken(inner) === inner && mayBeAcceptedItself(inner, verifier);
}

function mayBeAcceptedItself(jwt: string, { keyName, secret, now }: Verifier): boolean {
  const parts = jwt.split('.');
  if (parts.length !== 3) return false;
  const [header, payload] = [readPart(parts[0]!), readPart(parts[1]!)];
  if (header === undefined || payload === undefined || readBytes(parts[2]!) === undefined) return false;
  if (header.get('alg') !== 'HS256' || header.get('kid') !== keyName || header.has('crit')) return false;
  const signature = createHmac('sha256', secret).update(`${parts[0]}.${parts[1]}`).digest('base64url');
  return parts[2] === signature && claimsAreGood(payload, now);
}

function claimsAreGood(payload: Map<string, Json>, now: number): boolean {
  const [iat, exp] = [payload.get('iat'), payload.get('exp')];
  if (typeof iat !== 'number' || typeof exp !== 'number') return false;
  if (exp - iat > 86_400 || iat > now + 60 || exp <= now) return false;
  for (const [name, value] of payload) {
    if ((name === 'x-ably-clientId' || name === 'x-ably-revocation-key') && !isText(value)) return false;
    if (name === 'x-ably-capability' && !isCapability(value)) return false;
    if (/^ably\.(channel|room)\./.test(name) && typeof value !== 'string') return false;
    if (
      name.startsWith('ably.limits.publish.perAttachment.maxRate.') &&
      !(typeof value === 'number' && value > 0)
    )
      return false;
  }
  return true;
}

const isText = (value: Json | undefined) => typeof value === 'string' && value !== '';

/** Whether a value is the JSON text of a capability that Ably accepts, unknown operations aside. */
export function isCapability(value: Json | undefined): boolean {
  if (typeof value !== 'string') return false;
  const capability = readStrictJson(value);
  if (!(capability instanceof Map)) return false;
  return [...capability.values()].every(
    (list) =>
      Array.isArray(list) &&
      list.length > 0 &&
      list.every(isText) &&
      (!list.includes('*') || new Set(list).size === 1),
  );
}

function readPart(part: string): Map<string, Json> | undefined {
  const bytes = readBytes(part);
  if (bytes === undefined) return undefined;
  const text = bytes.toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(bytes)) return undefined;
  const value = readStrictJson(text);
  return value instanceof Map ? value : undefined;
}

/** Strict base64url: the one text that encodes the bytes. */
function readBytes(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}
