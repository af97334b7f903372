import { createHash, timingSafeEqual } from 'node:crypto';
import { intersectCapabilities } from '../../capability/algebra.js';
import { parseCapability } from '../../capability/capability.js';
import { AblyJwtError } from '../../errors.js';
import { type Envelope, envelopeErrors, openToken } from '../../jwt/embedded.js';
import { isAblyToken } from '../../jwt/pasted.js';
import { decodeAblyJwt, verifyAblyJwt } from '../../jwt/verify.js';
import { setBounded } from '../../util/maps.js';
import type { SandboxClock } from '../clock.js';
import { protocolError } from '../protocol/errors.js';
import { type App, type AppKey, type Apps, appIdLength, randomId } from './apps.js';
import type { Credentials } from './credentials.js';
import type { Identity, Moment } from './identity.js';
import { assertAcceptedOperations } from './operations.js';
import type { RevocationList } from './revocations.js';

/** An Ably Token of the server's own, as `requestToken` gives it. */
export interface OpaqueToken {
  readonly token: string;
  readonly keyName: string;
  readonly issued: number;
  readonly expires: number;
  readonly capability: string;
  readonly clientId?: string | undefined;
}

/** The text of an expiry, which SDKs compare. */
export const expiredText = 'Key/token status changed (expire)';

/** How many tokens the server remembers having issued, or having seen. The oldest are forgotten. */
const rememberedTokens = 50_000;

/** Authenticates requests. JWTs are verified by the package itself, Ably Tokens are looked up. */
export class Authenticator {
  readonly #apps: Apps;
  readonly #clock: SandboxClock;
  readonly #revocations: RevocationList;
  readonly #issued = new Map<string, Identity>();
  readonly #seen = new Map<string, Moment>();

  constructor(apps: Apps, clock: SandboxClock, revocations: RevocationList) {
    this.#apps = apps;
    this.#clock = clock;
    this.#revocations = revocations;
  }

  /**
   * Authenticates credentials.
   *
   * @param over - REST and realtime answer an unknown key with different codes, as Ably does
   * @throws {@link ProtocolError} or {@link AblyJwtError} when they are not accepted
   */
  async authenticate({ token, key }: Credentials, over: 'rest' | 'realtime'): Promise<Identity> {
    if (token === undefined && key === undefined)
      throw protocolError('CREDENTIALS_REFUSED', 'Not authorized: the request has no credentials');
    // With both, the token: the narrower right.
    const identity = token === undefined ? this.#basic(key!, over) : await this.#authenticateToken(token);
    if (identity.key.revoked) throw protocolError('KEY_REVOKED');
    if (identity.key.app.disabled) throw protocolError('APP_DISABLED');
    return identity;
  }

  /** Issues an Ably Token. */
  issue(key: AppKey, lifetime: number, capabilityText: string, clientId: string | undefined): OpaqueToken {
    const token = `${key.app.id}.${randomId(48)}`;
    const issued = this.#clock.now();
    const expires = issued + lifetime;
    const capability = parseCapability(capabilityText);
    const identity: Identity = {
      key,
      clientId,
      capability,
      token: {
        fingerprint: fingerprint(token),
        issuedAt: issued,
        expiresAt: expires,
        seen: this.#revocations.moment(),
        revocationKey: undefined,
        resources: Object.keys(capability),
      },
      // An opaque token can't carry the claim.
      mayBeServer: false,
      channelClaims: {},
      roomClaims: {},
      publishRateLimits: {},
    };
    setBounded(this.#issued, token, identity, rememberedTokens);
    return { token, keyName: key.name, issued, expires, capability: capabilityText, clientId };
  }

  /**
   * The client id that a token names. It isn't verified.
   *
   * @throws {@link AblyJwtError} when it is no token
   */
  claimedClientId(given: string): string | undefined {
    const { text } = openToken(given).token;
    return isAblyToken(text) ? this.#issued.get(text)?.clientId : decodeAblyJwt(given).clientId;
  }

  /** Forgets the tokens of an app. */
  forget(app: App): void {
    for (const [token, identity] of this.#issued) if (identity.key.app === app) this.#issued.delete(token);
  }

  async #authenticateToken(given: string): Promise<Identity> {
    const { token, envelope } = openToken(given);
    const identity = isAblyToken(token.text)
      ? this.#issuedToken(token.text, envelope)
      : await this.#jwt(given, token.text, token.header?.kid);
    if (this.#clock.now() >= identity.token!.expiresAt) {
      throw new AblyJwtError('TOKEN_EXPIRED', expiredText);
    }
    if (this.#revocations.covers(identity)) throw new AblyJwtError('TOKEN_REVOKED', 'token revoked');
    return identity;
  }

  /** @param inner - the Ably JWT in what was given, its `kid` being that of its header */
  async #jwt(given: string, inner: string, kid: unknown): Promise<Identity> {
    const named = typeof kid === 'string' ? this.#apps.key(kid) : undefined;
    const jwt = await verifyAblyJwt(given, named?.parsed ?? this.#apps.parsedKeys, {
      currentDate: new Date(this.#clock.now()),
      revocable: named?.revocableTokens,
    });
    // A token whose key is unknown was refused.
    const key = named!;
    if (jwt.capability !== undefined) assertAcceptedOperations(jwt.capability);
    const print = fingerprint(inner);
    return {
      key,
      clientId: jwt.clientId,
      capability:
        jwt.capability === undefined ? key.capability : intersectCapabilities(key.capability, jwt.capability),
      token: {
        fingerprint: print,
        issuedAt: jwt.issuedAt.getTime(),
        expiresAt: jwt.expiresAt.getTime(),
        seen: this.#firstSeen(print),
        revocationKey: jwt.revocationKey,
        resources: Object.keys(jwt.capability ?? key.capability),
      },
      mayBeServer: jwt.clientType === 'server',
      channelClaims: jwt.channelClaims,
      roomClaims: jwt.roomClaims,
      publishRateLimits: jwt.publishRateLimits,
    };
  }

  #issuedToken(token: string, envelope: Envelope | undefined): Identity {
    const identity = this.#issued.get(token);
    if (identity === undefined) throw protocolError('TOKEN_UNRECOGNIZED');
    const [error] = envelopeErrors(envelope, identity.token!.expiresAt / 1000);
    if (error !== undefined) throw error;
    return identity;
  }

  #basic(text: string, over: 'rest' | 'realtime'): Identity {
    const colon = text.indexOf(':');
    const name = text.slice(0, Math.max(0, colon));
    const key = this.#apps.key(name);
    if (key === undefined) {
      const appId = name.split('.')[0]!;
      const appKnown = this.#apps.get(appId) !== undefined;
      // As Ably does: an id of another length can't be an app's.
      if (!appKnown && appId.length === appIdLength)
        throw protocolError('NOT_FOUND', `No such app: ${appId}`);
      if (appKnown && over === 'rest')
        throw protocolError('NOT_FOUND', 'No such key: the app has no key of that name', 401);
      throw protocolError(
        'CREDENTIALS_REFUSED',
        `Not authorized: the server has no ${appKnown ? 'key' : 'app'} of that name`,
      );
    }
    if (!equalSecrets(text.slice(colon + 1), key.secret)) {
      throw protocolError(
        'CREDENTIALS_REFUSED',
        `Not authorized: that is not the secret of the key ${key.name}`,
      );
    }
    return {
      key,
      clientId: '*',
      capability: key.capability,
      token: undefined,
      mayBeServer: true,
      channelClaims: {},
      roomClaims: {},
      publishRateLimits: {},
    };
  }

  #firstSeen(print: string): Moment {
    const moment = this.#seen.get(print) ?? this.#revocations.moment();
    setBounded(this.#seen, print, moment, rememberedTokens);
    return moment;
  }
}

/** A short name for a token, from which it can't be got back. */
export function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('base64url').slice(0, 22);
}

/** Whether two secrets are equal, in a time that doesn't tell where they differ. */
export function equalSecrets(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(x!, y!);
}
