import {
  AblyJwtError,
  assertKnownOptions,
  booleanOption,
  clockMs,
  dateMs,
  optionError,
  pointingAt,
} from '../errors.js';
import { type AblyKey, assertNotInPage, secretOf, toAblyKey } from '../jwt/key.js';
import { type Fetched, fetchText } from '../util/fetch.js';
import { namesOf } from '../util/options.js';
import { describe, quoted } from '../util/text.js';
import { cleaner, errorName } from './foreign.js';
import {
  ablyError,
  parseResponse,
  type Revocations,
  type RevocationTarget,
  readResults,
  targetSpecifier,
} from './results.js';

/** What to revoke, for {@link revokeAblyTokens}. */
export interface RevokeAblyTokensOptions {
  /** 1 to 100 targets. */
  targets: readonly RevocationTarget[];
  /**
   * Only tokens issued before this are revoked: not in the future, at most one hour ago.
   *
   * @defaultValue now
   */
  issuedBefore?: Date | undefined;
  /**
   * Set to `true` to give clients 30 seconds to fetch a new token before the old one is refused, so that those who still
   * may connect notice nothing. Otherwise they are disconnected, and connect again if they get a new token.
   *
   * @defaultValue `false`
   */
  allowReauthMargin?: boolean | undefined;
}

/** Where {@link revokeAblyTokens} sends its request. */
export interface RevokeAblyTokensTransport {
  /**
   * The base URL of Ably's REST API: of another cluster, or `url` of a sandbox. Must be https, except on loopback, since
   * the request carries the API key.
   *
   * @defaultValue `'https://main.realtime.ably.net'`
   */
  endpoint?: string | URL | undefined;
  /**
   * A `fetch` to use in place of the global one.
   *
   * @defaultValue `globalThis.fetch`
   */
  fetch?: typeof globalThis.fetch | undefined;
}

/**
 * Revokes tokens before they expire: of a user who logged out everywhere, or of a stolen session. Only for keys with
 * revocable tokens, whose tokens are valid for one hour at most. Make your own auth endpoint deny the user first, or their
 * client gets a new token at once.
 *
 * @param key - the API key that signed the tokens
 * @param options - what to revoke
 * @param transport - another base URL, another `fetch`
 * @returns the outcome for each target; a target that Ably refuses doesn't make the call fail
 * @throws {@link AblyJwtError} `KEY_MALFORMED` if the value isn't an Ably API key
 * @throws {@link AblyJwtError} `OPTION_INVALID` if an option is misspelled, missing or of the wrong type
 * @throws {@link AblyJwtError} `BROWSER_KEY` if the code runs in a page
 * @throws {@link AblyJwtError} `ENDPOINT_FAILED` if Ably refuses the whole request, with its own code in `ablyCode`, or
 *   doesn't respond within 10 seconds, or responds with more than 1 MiB
 * @see {@link https://ably.com/docs/auth/revocation | Ably: token revocation}
 *
 * @example
 * ```ts
 * import { revokeAblyTokens } from 'ably-jwt';
 *
 * const { results } = await revokeAblyTokens('appId1.keyId:secret', { targets: [{ clientId: 'alice' }] });
 * for (const { target, error } of results) if (error) console.error(target, error.message, error.hint);
 * ```
 */
export async function revokeAblyTokens(
  key: string | AblyKey,
  options: RevokeAblyTokensOptions,
  transport: RevokeAblyTokensTransport = {},
): Promise<Revocations> {
  try {
    const ablyKey = toAblyKey(key, 'revokeAblyTokens(key, options)');
    assertNotInPage(undefined);
    const { targets, body } = readOptions(options);
    return await request(ablyKey, targets, body, readTransport(transport, ablyKey));
  } catch (error) {
    throw pointingAt(revokeAblyTokens, error);
  }
}

interface Transport {
  readonly url: URL;
  readonly send: typeof globalThis.fetch;
}

async function request(
  key: AblyKey,
  targets: readonly RevocationTarget[],
  body: { readonly targets: readonly string[] },
  transport: Transport,
): Promise<Revocations> {
  const { origin } = transport.url;
  const clean = cleaner(key);
  const { response, text, cut } = await post(key, body, transport);
  if (cut) {
    throw new AblyJwtError(
      'ENDPOINT_FAILED',
      `${origin} answered HTTP ${response.status} with more than 1 MiB, of which nothing was used.`,
      { statusCode: response.status, hint: 'Check that "endpoint" is the base URL of Ably\'s REST API.' },
    );
  }
  const { results, error } = parseResponse(text);
  if (response.ok && Array.isArray(results)) return readResults(targets, body.targets, results, clean);
  if (error !== undefined) throw ablyError('Ably refused the revocation', error, response.status, clean);
  throw new AblyJwtError(
    'ENDPOINT_FAILED',
    `${origin} answered HTTP ${response.status} without an Ably error.`,
    { statusCode: response.status, hint: 'Check that "endpoint" is the base URL of Ably\'s REST API.' },
  );
}

async function post(key: AblyKey, body: object, { url, send }: Transport): Promise<Fetched> {
  try {
    const init: RequestInit = {
      method: 'POST',
      headers: {
        Authorization: `Basic ${btoa(`${key.name}:${secretOf(key)}`)}`,
        'Content-Type': 'application/json',
        Accept: 'application/json',
        'X-Ably-Version': '3',
      },
      body: JSON.stringify(body),
      // The key must not follow a redirect to another host. Not 'error', which Workers don't know.
      redirect: 'manual',
    };
    return await fetchText(send, url, init, { timeoutMs, maxBytes });
  } catch (error) {
    // Not as its cause: an injected fetch may put the request, and so the key, into its errors.
    throw new AblyJwtError('ENDPOINT_FAILED', `No answer from ${url.origin} (${errorName(error)}).`, {
      hint: 'Check that the host can be reached, and try again later.',
    });
  }
}

const timeoutMs = 10_000;
/** More than the results for 100 targets take, each as long as a token allows. */
const maxBytes = 1_048_576;
const defaultEndpoint = 'https://main.realtime.ably.net';
const maxTargets = 100;
const maxAgeMs = 3_600_000;
const optionNames = namesOf<RevokeAblyTokensOptions>({
  targets: true,
  issuedBefore: true,
  allowReauthMargin: true,
});
const transportNames = namesOf<RevokeAblyTokensTransport>({ endpoint: true, fetch: true });

/** The targets, and the body of the request for them. */
function readOptions(options: RevokeAblyTokensOptions) {
  assertKnownOptions(options, optionNames, 'revokeAblyTokens');
  const { targets: given, issuedBefore } = options;
  if (!Array.isArray(given) || given.length === 0 || given.length > maxTargets) {
    const found = Array.isArray(given) ? `a list of ${given.length}` : describe(given);
    throw new AblyJwtError(
      'OPTION_INVALID',
      `"targets" must be a list of 1 to ${maxTargets} targets, found ${found}.`,
    );
  }
  // A copy, in which the holes of a sparse list are undefined: `map` would skip them, and report them as revoked.
  const targets: readonly RevocationTarget[] = Array.from(given);
  const body = {
    targets: targets.map(targetSpecifier),
    ...(issuedBefore === undefined ? {} : { issuedBefore: issuedBeforeMs(issuedBefore) }),
    ...(booleanOption('allowReauthMargin', options.allowReauthMargin) ? { allowReauthMargin: true } : {}),
  };
  return { targets, body };
}

function issuedBeforeMs(issuedBefore: Date): number {
  const time = dateMs('issuedBefore', issuedBefore);
  const age = clockMs() - time;
  if (age >= 0 && age <= maxAgeMs) return time;
  throw new AblyJwtError(
    'OPTION_INVALID',
    `"issuedBefore" is ${issuedBefore.toISOString()}, ${age < 0 ? 'in the future' : 'more than one hour ago'}.`,
    {
      hint: 'Tokens that can be revoked are valid for one hour at most, so older ones have expired. Leave it out for now.',
    },
  );
}

function readTransport(transport: RevokeAblyTokensTransport, key: AblyKey): Transport {
  assertKnownOptions(transport, transportNames, 'revokeAblyTokens');
  const { endpoint = defaultEndpoint, fetch: send = globalThis.fetch } = transport;
  if (typeof send !== 'function') throw optionError('fetch', send, 'a function like fetch');
  const base = String(endpoint);
  if (!URL.canParse(base))
    throw optionError('endpoint', endpoint, "a base URL, such as 'https://main.realtime.ably.net'");
  const url = new URL(base);
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
    throw new AblyJwtError(
      'OPTION_INVALID',
      `"endpoint" must be https, found ${quoted(url.protocol)}: the request carries the API key.`,
    );
  }
  return { url: new URL(`/keys/${key.name}/revokeTokens`, url), send };
}
