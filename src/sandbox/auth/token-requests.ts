import { createHmac } from 'node:crypto';
import { intersectCapabilities } from '../../capability/algebra.js';
import { type Capability, parseCapability, stringifyCapability } from '../../capability/capability.js';
import { AblyJwtError } from '../../errors.js';
import { maxTtlSeconds } from '../../jwt/duration.js';
import { isPlainObject } from '../../util/json.js';
import type { SandboxClock } from '../clock.js';
import { protocolError } from '../protocol/errors.js';
import type { AppKey } from './apps.js';
import { type Authenticator, equalSecrets, type OpaqueToken } from './authenticator.js';
import { assertAcceptedOperations } from './operations.js';

/** How far the timestamp of a request may be from the server's time, in milliseconds. */
const timestampWindow = 120_000;
const defaultTtl = 3_600_000;

/** What answering a token request takes. */
export interface TokenIssuer {
  readonly clock: SandboxClock;
  readonly authenticator: Authenticator;
  readonly nonces: Nonces;
}

/**
 * Issues an Ably Token for a token request (Ably spec TE).
 *
 * @param request - the body
 * @param trusted - it came with the key itself, so that it needs no signature
 * @throws {@link ProtocolError} or {@link AblyJwtError} when it is not accepted
 */
export function grantToken(
  issuer: TokenIssuer,
  key: AppKey,
  request: unknown,
  trusted: boolean,
): OpaqueToken {
  if (!isPlainObject(request))
    throw protocolError('BODY_INVALID', 'invalid request body: a token request is an object');
  if (request.keyName !== undefined && request.keyName !== key.name) {
    throw protocolError(
      'CREDENTIALS_REFUSED',
      'Not authorized: "keyName" in the body and in the path differ',
    );
  }
  if (request.mac !== undefined || !trusted) checkSignature(issuer, key, request);
  const clientId = clientIdOf(request.clientId);
  return issuer.authenticator.issue(
    key,
    ttlOf(request.ttl, key),
    capabilityOf(request.capability, key),
    clientId,
  );
}

function checkSignature({ clock, nonces }: TokenIssuer, key: AppKey, request: Record<string, unknown>): void {
  const fields = ['keyName', 'ttl', 'capability', 'clientId', 'timestamp', 'nonce'].map(
    (name) => request[name] ?? '',
  );
  // As JSON: a list or an object, which no SDK sends, may have a member toString that is no function.
  const text = fields
    .map((value) => `${typeof value === 'object' ? JSON.stringify(value) : value}\n`)
    .join('');
  const mac = createHmac('sha256', key.secret).update(text).digest('base64');
  if (typeof request.mac !== 'string' || !equalSecrets(request.mac, mac)) {
    throw protocolError(
      'CREDENTIALS_REFUSED',
      'Not authorized: the "mac" of the token request is not the one that the key gives',
    );
  }
  const now = clock.now();
  if (!(Math.abs(numberOf(request.timestamp) - now) <= timestampWindow)) {
    throw protocolError(
      'TIMESTAMP_NOT_CURRENT',
      `Timestamp not current: ${JSON.stringify(request.timestamp)}, the server's time is ${now}`,
    );
  }
  const { nonce } = request;
  if (typeof nonce !== 'string' || nonce.length < 16) {
    throw protocolError(
      'NONCE_REPLAYED',
      'Nonce value not accepted: "nonce" must be a string of 16 characters at least',
    );
  }
  if (!nonces.use(`${key.name} ${nonce}`, now + 2 * timestampWindow, now))
    throw protocolError('NONCE_REPLAYED');
}

/** The nonces of the requests whose timestamps are still current. */
export class Nonces {
  readonly #until = new Map<string, number>();

  /** Takes a nonce, to be kept until a time, and at that time too; false when it was taken before. */
  use(nonce: string, until: number, now: number): boolean {
    for (const [old, end] of this.#until) {
      if (end >= now) break;
      this.#until.delete(old);
    }
    if (this.#until.has(nonce)) return false;
    this.#until.set(nonce, until);
    return true;
  }
}

function ttlOf(value: unknown, key: AppKey): number {
  if ((value ?? '') === '') return defaultTtl;
  const ttl = numberOf(value);
  const max = 1000 * (key.revocableTokens ? maxTtlSeconds.revocable : maxTtlSeconds.any);
  if (ttl > max) {
    throw new AblyJwtError(
      'TTL_TOO_LONG',
      `invalid "ttl": ${ttl} milliseconds, of which the key allows ${max}`,
    );
  }
  if (!Number.isInteger(ttl) || ttl <= 0) {
    throw protocolError(
      'PARAMETER_INVALID',
      'invalid "ttl": it must be a positive whole number of milliseconds',
    );
  }
  return ttl;
}

/** A number, or the number that a text is; NaN for anything else. */
function numberOf(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
}

function clientIdOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw new AblyJwtError('CLIENT_ID_INVALID', 'invalid "clientId": it must be a string that is not empty');
}

function capabilityOf(value: unknown, key: AppKey): string {
  if ((value ?? '') === '') return key.capabilityText;
  const requested = typeof value === 'string' ? parseCapability(value) : (value as Capability);
  assertAcceptedOperations(parseCapability(stringifyCapability(requested)));
  const common = intersectCapabilities(key.capability, requested);
  if (Object.keys(common).length === 0) {
    throw protocolError(
      'NOT_PERMITTED',
      'the key has none of the capabilities that the token request asks for',
    );
  }
  return stringifyCapability(common);
}
