import { AblyJwtError, assertKnownOptions, dateMs, memberError, optionError } from '../errors.js';
import { encodeJson, isPlainObject, type JsonValue } from '../util/json.js';
import { namesOf } from '../util/options.js';
import { isWholeKey, quoted } from '../util/text.js';
import { isAblyToken, malformed, unwrapEmbeddedToken } from './compact.js';
import { claimNames } from './encode.js';
import { assertTokenSize } from './sign.js';
import { decodeAblyJwt } from './verify.js';

/** A key and algorithm of your own for the outer token, as `jose` takes them. */
export interface EmbeddingSigner {
  /** A CryptoKey, a KeyObject, a JWK, or the bytes of a secret. */
  key: object;
  /** The JWS algorithm, such as `'RS256'`, `'ES256'` or `'EdDSA'`. */
  alg: string;
  /** The name of the key, for those who verify your tokens. */
  kid?: string | undefined;
}

/** A key and algorithms of your own for an encrypted outer token, as `jose` takes them. */
export interface EmbeddingEncrypter {
  /** A CryptoKey, a KeyObject, a JWK, or the bytes of a secret. */
  key: object;
  /** The JWE key management algorithm, such as `'RSA-OAEP-256'` or `'dir'`. */
  alg: string;
  /** The content encryption algorithm, such as `'A256GCM'`. */
  enc: string;
  /** The name of the key, for those who decrypt your tokens. */
  kid?: string | undefined;
}

/** How {@link embedAblyToken} makes the outer token. Exactly one of `secret`, `sign` and `encrypt` is given. */
export interface EmbedAblyTokenOptions {
  /** Signs the outer token with HS256 under your own secret. Never the Ably key's: its holder could then sign Ably JWTs. */
  secret?: string | Uint8Array | undefined;
  /** Signs the outer token with a key and algorithm of your own. */
  sign?: EmbeddingSigner | undefined;
  /** Encrypts the outer token. The Ably token stands in its protected header, which is not encrypted: Ably reads it there. */
  encrypt?: EmbeddingEncrypter | undefined;
  /**
   * Your own claims: a JSON object. `iat` and `exp` are written by this function, see `expiresAt`.
   *
   * @defaultValue `{}`
   */
  claims?: { readonly [name: string]: JsonValue | undefined } | undefined;
  /**
   * When the outer token expires, rounded down to a whole second. Ably refuses an outer token that outlives the inner
   * one, and so does this function where it can read the inner one, an Ably JWT.
   *
   * @defaultValue when the inner Ably JWT does; no expiry around an opaque Ably Token
   */
  expiresAt?: Date | undefined;
  /**
   * Where the Ably token stands: in the outer token's header or among its claims.
   *
   * @defaultValue `'claim'`, with `encrypt` `'header'`, the only place there
   */
  in?: 'header' | 'claim' | undefined;
}

/**
 * Puts an Ably token into a JWT of your own, so that a client carries one token for your services and for Ably. Pass
 * the result to Ably's client like any token: Ably judges only the one inside and looks neither at the outer signature
 * nor into the encryption.
 *
 * @param token - an Ably JWT, or an Ably Token
 * @param options - your key, your claims, and where the token stands
 * @returns the outer token, at most 8 KiB
 * @throws {@link AblyJwtError} `OPTION_INVALID`: an option is unknown, missing or of another form, among them an
 *   `expiresAt` later than the inner expiry and a key that does not fit its algorithm · `TOKEN_MALFORMED`,
 *   `ALG_NOT_ALLOWED`, `CLAIM_MISSING`, `CLAIM_INVALID`, `CLIENT_ID_INVALID`, `CAPABILITY_NOT_STRING`,
 *   `CAPABILITY_INVALID`: the inner token is none that Ably takes · `TOKEN_TOO_LARGE`: above 8 KiB
 * @see {@link https://ably.com/docs/auth/token#embedded | Ably: embedded tokens}
 *
 * @example
 * ```ts run
 * import { createAblyJwt, embedAblyToken } from 'ably-jwt';
 *
 * const ablyJwt = await createAblyJwt('appId.keyId:secret', { capability: { chat: ['subscribe'] }, clientId: 'alice' });
 * const yours = await embedAblyToken(ablyJwt, {
 *   secret: 'a secret of your own, 32 bytes or more',
 *   claims: { sub: 'alice', roles: ['editor'] },
 *   in: 'claim',
 * });
 * ```
 */
export async function embedAblyToken(token: string, options: EmbedAblyTokenOptions): Promise<string> {
  assertKnownOptions(options, optionNames, 'embedAblyToken');
  const place = placeOf(options);
  const claims = ownClaims(options.claims);
  const innerExpiry = innerExpirySeconds(token);
  const exp = outerExpiry(options.expiresAt, innerExpiry);
  const payload = {
    ...claims,
    iat: Math.floor(Date.now() / 1000),
    ...(exp === undefined ? {} : { exp }),
    ...(place === 'claim' ? { [claimNames.token]: token } : {}),
  };
  const header = { typ: 'JWT', ...(place === 'header' ? { [claimNames.token]: token } : {}) };
  const outer = await seal(payload, header, options);
  assertTokenSize(outer, { ...payload, [claimNames.token]: token });
  return outer;
}

const optionNames = namesOf<EmbedAblyTokenOptions>({
  secret: true,
  sign: true,
  encrypt: true,
  claims: true,
  expiresAt: true,
  in: true,
});

function placeOf(options: EmbedAblyTokenOptions): 'header' | 'claim' {
  const means = (['secret', 'sign', 'encrypt'] as const).filter((name) => options[name] !== undefined);
  if (means.length !== 1) {
    const found = means.length === 0 ? 'none of them' : means.map((name) => `"${name}"`).join(' and ');
    throw new AblyJwtError(
      'OPTION_INVALID',
      `One of "secret", "sign" and "encrypt" must be given, found ${found}.`,
      {
        hint: 'secret: HS256. sign: another key and algorithm. encrypt: a JWE.',
      },
    );
  }
  const place = options.in ?? (options.encrypt === undefined ? 'claim' : 'header');
  if (place !== 'header' && place !== 'claim') throw optionError('in', place, "'header' or 'claim'");
  if (place === 'claim' && options.encrypt !== undefined) {
    throw optionError('in', place, "'header' with \"encrypt\": Ably can't read encrypted claims");
  }
  return place;
}

function ownClaims(claims: unknown): Record<string, JsonValue> {
  if (claims === undefined) return {};
  if (!isPlainObject(claims)) throw optionError('claims', claims, 'a JSON object');
  const reserved = ['iat', 'exp', claimNames.token].find((name) => claims[name] !== undefined);
  if (reserved !== undefined) {
    const hint = reserved === 'exp' ? 'Use the option expiresAt.' : 'embedAblyToken writes it.';
    throw new AblyJwtError(
      'OPTION_INVALID',
      `"claims" holds ${quoted(reserved)}, which is not yours to set.`,
      { hint },
    );
  }
  return JSON.parse(encodeJson(claims, 'claims', memberError)) as Record<string, JsonValue>;
}

/** When the inner token expires; undefined for an Ably Token, which only Ably can read. */
function innerExpirySeconds(token: unknown): number | undefined {
  if (typeof token !== 'string') throw optionError('token', token, 'an Ably JWT or an Ably Token');
  if (isAblyToken(token)) return undefined;
  if (token.split('.').length === 5 || unwrapEmbeddedToken(token) !== undefined) {
    throw malformed('is an outer token already.', 'Embed the Ably token itself.');
  }
  return decodeAblyJwt(token).expiresAt.getTime() / 1000;
}

function outerExpiry(expiresAt: Date | undefined, innerExpiry: number | undefined): number | undefined {
  if (expiresAt === undefined) return innerExpiry === undefined ? undefined : Math.floor(innerExpiry);
  const exp = Math.floor(dateMs('expiresAt', expiresAt) / 1000);
  if (innerExpiry !== undefined && exp > innerExpiry) {
    const inner = new Date(innerExpiry * 1000).toISOString();
    throw new AblyJwtError(
      'OPTION_INVALID',
      `"expiresAt" is later than the expiry of the Ably token inside, ${inner}.`,
      {
        hint: 'Ably refuses an outer token that outlives the inner one. Leave expiresAt out to let both expire together.',
      },
    );
  }
  return exp;
}

async function seal(payload: object, header: object, options: EmbedAblyTokenOptions): Promise<string> {
  const { CompactEncrypt, CompactSign } = await import('jose');
  const bytes = new TextEncoder().encode(JSON.stringify(payload));
  const { encrypt } = options;
  const name = encrypt !== undefined ? 'encrypt' : options.sign !== undefined ? 'sign' : 'secret';
  try {
    if (encrypt !== undefined) {
      const { key, ...parameters } = own('encrypt', encrypt, ['alg', 'enc']);
      const outer = new CompactEncrypt(bytes).setProtectedHeader({ ...header, ...parameters } as JweHeader);
      return await outer.encrypt(key as Uint8Array);
    }
    const { key, ...parameters } =
      options.sign === undefined ? secretSigner(options.secret) : own('sign', options.sign, ['alg']);
    const outer = new CompactSign(bytes).setProtectedHeader({ ...header, ...parameters } as JwsHeader);
    return await outer.sign(key as Uint8Array);
  } catch (error) {
    if (error instanceof AblyJwtError) throw error;
    throw new AblyJwtError(
      'OPTION_INVALID',
      `"${name}" has a key and an algorithm that jose can't use together.`,
      { cause: error },
    );
  }
}

type JwsHeader = { alg: string };
type JweHeader = { alg: string; enc: string };

function secretSigner(secret: unknown): EmbeddingSigner {
  if (typeof secret === 'string' && isWholeKey(secret)) {
    throw new AblyJwtError('OPTION_INVALID', '"secret" looks like an Ably API key.', {
      hint: 'Take a secret of your own: whoever checks your tokens would hold the key.',
    });
  }
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) {
    throw new AblyJwtError('OPTION_INVALID', '"secret" must be a string or bytes, and not empty.', {
      hint: 'HS256 wants 32 bytes or more.',
    });
  }
  return { key: bytes, alg: 'HS256' };
}

/** The caller's key and parameters, without those that are undefined. */
function own<Options extends EmbeddingSigner>(
  option: string,
  value: Options,
  required: readonly (keyof Options & string)[],
): Options {
  assertKnownOptions(value, new Set(['key', 'kid', ...required]), `embedAblyToken "${option}"`);
  if (typeof value.key !== 'object' || value.key === null) {
    throw new AblyJwtError(
      'OPTION_INVALID',
      `"${option}.key" must be a CryptoKey, a KeyObject, a JWK or bytes.`,
    );
  }
  for (const name of required) {
    // Its form too: jose's own error, the cause of ours, would repeat whatever was put there.
    const algorithm: unknown = value[name];
    if (typeof algorithm !== 'string' || !/^[\w+-]{1,24}$/.test(algorithm))
      throw optionError(`${option}.${name}`, algorithm, "an algorithm's name");
  }
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Options;
}
