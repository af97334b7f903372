import { AblyJwtError, booleanOption, optionError, pointed } from '../errors.js';
import { describe, isThenable, isWholeKey } from '../util/text.js';

// Set by the class, which alone can make a key and see its secret. Not static methods: those would be public.
let makeKey: (text: string) => AblyKey;
let readSecret: (key: AblyKey) => string;

/**
 * An Ably API key, parsed. Its secret is in a private field: it can't be read, printed, serialized or cloned.
 * Made by {@link parseAblyKey}.
 */
export class AblyKey {
  /** The key's name, `appId.keyId`: not secret, the `kid` of every token signed with it. */
  readonly name: string;
  /** The Ably app that the key belongs to. */
  readonly appId: string;
  /** The key's own id within the app. */
  readonly keyId: string;
  readonly #secret: string;

  static {
    makeKey = (text) => {
      const [appId, keyId, secret] = text.split(/[.:]/);
      return new AblyKey(appId!, keyId!, secret!);
    };
    readSecret = (key) => key.#secret;
  }

  private constructor(appId: string, keyId: string, secret: string) {
    this.name = `${appId}.${keyId}`;
    this.appId = appId;
    this.keyId = keyId;
    this.#secret = secret;
    Object.freeze(this);
  }
}

/**
 * Parses an Ably API key, so that a bad key fails when the program starts and not at the first login.
 *
 * The form is `appId.keyId:secret`, each part of letters, digits, `_` and `-`. Nothing is trimmed or repaired. If
 * something else was pasted, the error says what it is, without showing any of it.
 *
 * @param key - the whole key, as Ably's dashboard shows it
 * @returns the key's name and its parts; the secret can't be read
 * @throws {@link AblyJwtError} `KEY_MALFORMED` if the value isn't an Ably API key
 * @see {@link https://ably.com/docs/auth#api-keys | Ably API keys}
 *
 * @example
 * ```ts run
 * import { parseAblyKey } from 'ably-jwt';
 *
 * const key = parseAblyKey('appId1.keyId:secret');
 * console.log(key.name); // => appId1.keyId
 * ```
 */
export function parseAblyKey(key: string): AblyKey {
  return pointed(parseAblyKey, () => parse(key, 'parseAblyKey(key)'));
}

let last: { readonly text: string; readonly key: AblyKey } | undefined;

/**
 * @internal
 * The parsed form of what a function was given as its key. The last text is kept: servers have one key.
 *
 * @param key - what the caller passed
 * @param usage - how that function is called, such as `createAblyJwt(key, options)`; for messages
 */
export function toAblyKey(key: unknown, usage: string): AblyKey {
  if (key instanceof AblyKey) return key;
  if (last !== undefined && last.text === key) return last.key;
  const parsed = parse(key, usage);
  last = { text: key as string, key: parsed };
  return parsed;
}

/** @internal The parsed form of one key or several. */
export function toAblyKeys(keys: unknown, usage: string): readonly AblyKey[] {
  const list: readonly unknown[] = Array.isArray(keys) ? keys : [keys];
  if (list.length === 0) throw optionError('keys', keys, 'at least one API key');
  return list.map((key) => toAblyKey(key, usage));
}

/** @internal The secret of a key. Only for what signs and for requests to Ably: it must not leave them. */
export function secretOf(key: AblyKey): string {
  return readSecret(key);
}

/** @internal Whether a text can be the name of a key: what stands before the colon. */
export function isKeyName(text: string): boolean {
  return isWholeKey(`${text}:-`);
}

/** @internal How many characters an app id of Ably's has. A sandbox may have others. */
export const appIdChars = 6;

/** @internal Whether a key name begins with what can be an app id of Ably's. */
export function hasAblyAppId(keyName: string): boolean {
  return keyName.indexOf('.') === appIdChars;
}

/** @internal Refuses to use an API key in a page. */
export function assertNotInPage(allowBrowser: unknown): void {
  if (booleanOption('allowBrowser', allowBrowser)) return;
  const { window, document } = globalThis as { window?: unknown; document?: unknown };
  if (window !== undefined && document !== undefined) {
    throw new AblyJwtError('BROWSER_KEY', 'An API key is used in a page, where anyone can read it.', {
      hint: 'Sign on a server and fetch the token with createAuthCallback. For a test in a simulated page, or a key that may be public, pass allowBrowser: true.',
    });
  }
}

function parse(key: unknown, usage: string): AblyKey {
  if (typeof key === 'string' && isWholeKey(key)) return makeKey(key);
  throw new AblyJwtError(
    'KEY_MALFORMED',
    `"key" must be an Ably API key, appId.keyId:secret; ${mistakeIn(key, usage)}`,
    {
      hint: isForeignKey(key)
        ? undefined
        : 'Copy the whole API key from the API keys tab of your app in the Ably dashboard into ABLY_API_KEY.',
    },
  );
}

/** Whether something is a key that another copy of this package has parsed. */
function isForeignKey(key: unknown): boolean {
  return typeof key === 'object' && key !== null && 'name' in key && 'keyId' in key;
}

/** What was passed instead of a key, without showing any of it. */
function mistakeIn(key: unknown, usage: string): string {
  if (key === undefined || key === null || key === '') {
    return `it is ${key === '' ? 'empty' : key}. Is the environment variable ABLY_API_KEY set?`;
  }
  if (isThenable(key)) return 'it is a Promise. Put "await" in front of it.';
  if (isForeignKey(key)) {
    return 'it is an object that parseAblyKey of this copy of ably-jwt did not make. Pass the key as a string.';
  }
  const order = `Call ${usage}, in this order.`;
  if (typeof key !== 'string') return `found ${describe(key)}. ${order}`;
  const pieces = key.split(/[\s,;|]+/).filter((piece) => piece !== '');
  const cases: [boolean, string][] = [
    [pieces.length === 0, 'it is only white space. Is the environment variable ABLY_API_KEY set?'],
    [
      isWholeKey(key.trim()),
      `it has white space ${key.trimStart() === key ? 'or a new line at its end' : 'before it'}. Remove it.`,
    ],
    [
      pieces.length > 1 && pieces.every((piece) => isWholeKey(piece)),
      `it is ${pieces.length} keys. Pass one.`,
    ],
    [
      /^\s*(export\s+)?[A-Za-z_]\w*\s*=/.test(key),
      'it is a whole line of an .env file. Pass what stands behind the "=".',
    ],
    [/^\s*["'`].*["'`]\s*$/s.test(key), 'it is in quotes. Remove them, also in the .env file.'],
    [/^\s*["'`]|["'`]\s*$/.test(key), 'it has a quote at one end. Remove it.'],
    [/^(basic|bearer)\s/i.test(key), 'it is an Authorization header. Pass the API key itself.'],
    [
      /^\s*[[{]/.test(key) && /[\]}]\s*$/.test(key) && key.includes('"'),
      'it is JSON. Pass the API key as a plain string.',
    ],
    [/^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(key), `it is a JWT, a token that a key has signed. ${order}`],
    [/^[a-z]+:\/\//i.test(key), 'it is a URL. Pass the API key.'],
    [/^[\w-]+\.[\w-]+%3a[\w-]+$/i.test(key), 'its colon is percent-encoded (%3A). Decode it first.'],
    [
      /[<>{}$]|your|xxx|insert|replace|change.?me|example|placeholder|api.?key|\.\.\.|…/i.test(key),
      'it looks like a placeholder. Put your own API key there.',
    ],
    [
      /^[\w-]+\.[\w-]+:?$/.test(key),
      'it is only a key name (or an Ably Token): the secret behind the colon is missing.',
    ],
    [/^[\w-]+:[\w-]+$/.test(key), 'there is no dot in it: the name in front of the colon is appId.keyId.'],
    [
      /^(undefined|null|true|false)$/.test(key),
      `it is the text "${key}": a missing variable was put into a string. Is the environment variable ABLY_API_KEY set?`,
    ],
    [/^[\w-]+$/.test(key), 'it has neither dot nor colon: it is only a part of a key.'],
    [(key.match(/:/g) ?? []).length > 1, 'it has more than one colon.'],
  ];
  const found = cases.find(([applies]) => applies);
  if (found !== undefined) return found[1];
  const odd = key.search(/[^\w.:-]/);
  if (odd >= 0) return `its character ${odd + 1} of ${key.length} is none of A-Z a-z 0-9 _ - . :`;
  return `found ${key.length} characters of another form.`;
}
