import {
  AblyJwtError,
  assertKnownOptions,
  clockMs,
  dateMs,
  memberError,
  optionError,
  pointingAt,
} from '../errors.js';
import { encodeJson, isPlainObject, type JsonValue } from '../util/json.js';
import { namesOf } from '../util/options.js';
import { isWholeKey, masked, quoted } from '../util/text.js';
import { tokenErrors } from './checks.js';
import { claimOf, embeddedTokenClaim } from './claims.js';
import { assertTokenSize, type CompactJwt, malformed } from './compact.js';
import { openToken } from './embedded.js';
import { isSignedBy } from './jws.js';
import { parseAblyKey } from './key.js';
import { isAblyToken } from './pasted.js';

/** A key and an algorithm of your own for the outer token, as `jose` takes them. */
export interface EmbeddingSigner {
  /** A CryptoKey, a KeyObject, a JWK, or the bytes of a secret. */
  key: object;
  /** The JWS algorithm, such as `'RS256'`, `'ES256'` or `'EdDSA'`. */
  alg: string;
  /** The name of the key, for those who verify your tokens. If omitted, the header has no `kid`. */
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
  /** The name of the key, for those who decrypt your tokens. If omitted, the header has no `kid`. */
  kid?: string | undefined;
}

/** How {@link embedAblyToken} makes the outer token. Set exactly one of `secret`, `sign` and `encrypt`. */
export interface EmbedAblyTokenOptions {
  /**
   * Signs the outer token with HS256 and a secret of your own: at least 32 bytes. The Ably key's secret throws, because
   * anyone who can verify your tokens could then sign Ably JWTs.
   */
  secret?: string | Uint8Array | undefined;
  /**
   * Signs the outer token with a key and an algorithm of your own.
   *
   * @example
   * ```ts
   * import { createPrivateKey } from 'node:crypto';
   *
   * const sign = { key: createPrivateKey(process.env.LOGIN_KEY!), alg: 'EdDSA', kid: 'login-2026' };
   * ```
   */
  sign?: EmbeddingSigner | undefined;
  /**
   * Encrypts the outer token. The Ably token goes into its protected header, which is not encrypted: Ably reads it there.
   *
   * @example
   * ```ts
   * import { randomBytes } from 'node:crypto';
   *
   * const encrypt = { key: randomBytes(32), alg: 'dir', enc: 'A256GCM' }; // yours is a key that your services have
   * ```
   */
  encrypt?: EmbeddingEncrypter | undefined;
  /**
   * Your own claims: a JSON object. `iat`, `exp` (see `expiresAt`) and the claims that Ably reads in the inner token throw.
   *
   * @defaultValue `{}`
   */
  claims?: { readonly [name: string]: JsonValue | undefined } | undefined;
  /**
   * When the outer token expires, rounded down to a whole second. Ably refuses an outer token that outlives the inner one.
   * This function throws for one if the inner token is an Ably JWT, whose expiry it can read.
   *
   * @defaultValue the expiry of the inner Ably JWT; no expiry around an opaque Ably Token
   */
  expiresAt?: Date | undefined;
  /**
   * Where to put the Ably token: into the outer token's header or among its claims.
   *
   * @defaultValue `'claim'`; with `encrypt` `'header'`, the only place there
   */
  in?: 'header' | 'claim' | undefined;
}

/**
 * Puts an Ably token into a JWT of your own, so that a client carries one token for your services and for Ably. Pass
 * the result to Ably's client like any token. Ably judges only the inner one: it doesn't verify the outer signature, and
 * doesn't decrypt anything.
 *
 * @param token - an Ably JWT, or an Ably Token
 * @param options - your key, your claims, and where to put the token
 * @returns the outer token, at most 8 KiB
 * @throws {@link AblyJwtError} `OPTION_INVALID` if an option is misspelled, missing or of the wrong type, `expiresAt` is
 *   later than the inner expiry, the secret is too short or the Ably key's own, or a key doesn't fit its algorithm
 * @throws {@link AblyJwtError} `TOKEN_MALFORMED`, `ALG_NOT_ALLOWED`, `KEY_UNKNOWN`, `CLAIM_MISSING`, `CLAIM_INVALID`,
 *   `CLIENT_ID_INVALID`, `CAPABILITY_NOT_STRING` or `CAPABILITY_INVALID` if Ably would refuse the inner token
 * @throws {@link AblyJwtError} `TOKEN_TOO_LARGE` if the outer token is above 8 KiB
 * @see {@link https://ably.com/docs/auth/token#embedded | Ably: embedded tokens}
 *
 * @example
 * ```ts run
 * import { createAblyJwt, embedAblyToken } from 'ably-jwt';
 *
 * const ablyJwt = await createAblyJwt('appId1.keyId:secret', { capability: { chat: ['subscribe'] }, clientId: 'alice' });
 * const yours = await embedAblyToken(ablyJwt, {
 *   secret: 'a secret of your own, 32 bytes or more',
 *   claims: { sub: 'alice', roles: ['editor'] },
 *   in: 'claim',
 * });
 * ```
 */
export async function embedAblyToken(token: string, options: EmbedAblyTokenOptions): Promise<string> {
  try {
    const { payload, header, signer, inner } = prepare(token, options);
    await assertOwnSecret(signer, inner);
    const outer = await seal(payload, header, signer, options.encrypt);
    assertTokenSize(outer, { ...payload, [embeddedTokenClaim]: token });
    return outer;
  } catch (error) {
    throw pointingAt(embedAblyToken, error);
  }
}

/** Checks everything that can be checked without waiting, and puts the outer token's parts together. */
function prepare(token: string, options: EmbedAblyTokenOptions) {
  assertKnownOptions(options, optionNames, 'embedAblyToken');
  const place = placeOf(options);
  const claims = ownClaims(options.claims);
  const inner = openInner(token);
  const exp = outerExpiry(options.expiresAt, inner?.payload?.exp as number | undefined);
  const payload = {
    ...claims,
    iat: Math.floor(clockMs() / 1000),
    ...(exp === undefined ? {} : { exp }),
    ...(place === 'claim' ? { [embeddedTokenClaim]: token } : {}),
  };
  const header = { typ: 'JWT', ...(place === 'header' ? { [embeddedTokenClaim]: token } : {}) };
  return { payload, header, signer: signerOf(options), inner };
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
  // Checked and written from one copy: a Proxy may name other members when it is asked again.
  const copy = { ...claims };
  for (const name of Object.keys(copy)) {
    const reason = copy[name] === undefined ? undefined : notYoursBecause(name);
    if (reason === undefined) continue;
    throw new AblyJwtError('OPTION_INVALID', `"claims" can't hold ${quoted(name)}: ${reason}`);
  }
  return JSON.parse(encodeJson(copy, 'claims', memberError)) as Record<string, JsonValue>;
}

function notYoursBecause(name: string): string | undefined {
  if (name === 'exp') return '"exp" is set by the option "expiresAt".';
  if (name === 'iat' || name === embeddedTokenClaim) return 'embedAblyToken sets it.';
  const option = claimOf(name)?.option;
  return option === undefined
    ? undefined
    : `Ably reads it in the inner token only. Pass the option "${option}" when you sign that.`;
}

/** The inner Ably JWT, checked; undefined for an Ably Token, which only Ably can read. */
function openInner(token: unknown): CompactJwt | undefined {
  if (typeof token !== 'string') throw optionError('token', token, 'an Ably JWT or an Ably Token');
  if (isAblyToken(token)) return undefined;
  const opened = openToken(token);
  if (opened.envelope !== undefined || token.split('.').length === 5)
    throw malformed('is an outer token already.', 'Embed the Ably token itself.');
  const [error] = tokenErrors(opened);
  if (error !== undefined) throw error;
  return opened.token;
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

async function seal(
  payload: object,
  header: object,
  signer: EmbeddingSigner | undefined,
  encrypter: EmbeddingEncrypter | undefined,
): Promise<string> {
  const { CompactEncrypt, CompactSign } = await import('jose');
  const bytes = new TextEncoder().encode(JSON.stringify(payload));
  if (signer === undefined) {
    const { key, ...parameters } = own('encrypt', encrypter!, ['alg', 'enc']);
    const outer = new CompactEncrypt(bytes).setProtectedHeader({ ...header, ...parameters } as JweHeader);
    return withJose('encrypt', () => outer.encrypt(key as Uint8Array));
  }
  const { key, ...parameters } = signer;
  const outer = new CompactSign(bytes).setProtectedHeader({ ...header, ...parameters } as JwsHeader);
  return withJose('sign', () => outer.sign(key as Uint8Array));
}

type JwsHeader = { alg: string };
type JweHeader = { alg: string; enc: string };

async function withJose(option: string, seal: () => Promise<string>): Promise<string> {
  try {
    return await seal();
  } catch (error) {
    throw new AblyJwtError(
      'OPTION_INVALID',
      `"${option}" has a key and an algorithm that jose can't use together.`,
      { cause: safeCause(error) },
    );
  }
}

/** What jose says, without what may be a secret in it: it repeats an algorithm that it doesn't know, and names of classes. */
function safeCause(error: unknown): Error {
  const { name, message } = error as Error;
  return Object.assign(new Error(masked(message)), { name });
}

/** What signs the outer token; undefined if it is encrypted. */
function signerOf({ secret, sign }: EmbedAblyTokenOptions): EmbeddingSigner | undefined {
  if (sign !== undefined) return own('sign', sign, ['alg']);
  return secret === undefined ? undefined : { key: secretBytes(secret), alg: 'HS256' };
}

function secretBytes(secret: unknown): Uint8Array {
  if (typeof secret === 'string' && isWholeKey(secret)) {
    throw new AblyJwtError('OPTION_INVALID', '"secret" looks like an Ably API key.', {
      hint: 'Pass a secret of your own: whoever verifies your tokens would hold the key.',
    });
  }
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) {
    throw new AblyJwtError('OPTION_INVALID', '"secret" must be a string or bytes, and not empty.', {
      hint: 'HS256 needs 32 bytes or more.',
    });
  }
  return bytes;
}

/** Refuses a secret that can be guessed, or that is the Ably key's. Other kinds of keys have no such text. */
async function assertOwnSecret(
  signer: EmbeddingSigner | undefined,
  inner: CompactJwt | undefined,
): Promise<void> {
  const key = signer?.key;
  if (!(key instanceof Uint8Array) || !/^HS\d+$/.test(signer!.alg)) return;
  // RFC 7518, section 3.2: at least as long as the hash.
  const minimum = Number(signer!.alg.slice(2)) / 8;
  if (key.length < minimum) {
    throw new AblyJwtError(
      'OPTION_INVALID',
      `The secret for the outer token has ${key.length} bytes; ${signer!.alg} needs ${minimum} or more (RFC 7518).`,
      { hint: 'Generate one, for example with: openssl rand -base64 48' },
    );
  }
  if (inner !== undefined && (await isSignedWith(new TextDecoder().decode(key), inner))) {
    throw new AblyJwtError('OPTION_INVALID', "The secret for the outer token is the Ably key's own.", {
      hint: 'Use a secret of your own: whoever verifies your tokens could sign Ably JWTs.',
    });
  }
}

function isSignedWith(secret: string, { header, text }: CompactJwt): boolean | Promise<boolean> {
  const key = `${String(header!.kid)}:${secret}`;
  return isWholeKey(key) && isSignedBy(parseAblyKey(key), text);
}

/** The caller's key and parameters, without those that are undefined. */
function own<Options extends EmbeddingSigner>(
  option: string,
  value: Options,
  required: readonly (keyof Options & string)[],
): Options {
  assertKnownOptions(value, ['key', 'kid', ...required], `embedAblyToken "${option}"`);
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
