import { AblyJwtError } from '../errors.js';
import { describe, isWholeKey } from '../util/text.js';

/** Reads an {@link AblyKey}'s secret; set by the class, which alone can see it. */
let readSecret: (key: AblyKey) => string;

/**
 * An Ably API key, parsed. Its secret is in a private field: it can't be read, printed, serialised or cloned.
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
    readSecret = (key) => key.#secret;
  }

  private constructor(appId: string, keyId: string, secret: string) {
    this.name = `${appId}.${keyId}`;
    this.appId = appId;
    this.keyId = keyId;
    this.#secret = secret;
    Object.freeze(this);
  }

  /** @internal */
  static parse(key: unknown): AblyKey {
    const parts = typeof key === 'string' ? /^([\w-]+)\.([\w-]+):([\w-]+)$/.exec(key) : null;
    if (parts === null) {
      throw new AblyJwtError(
        'KEY_MALFORMED',
        `"key" must be an Ably API key, appId.keyId:secret; ${diagnose(key)}`,
        {
          hint: isForeignKey(key)
            ? undefined
            : 'Copy the whole API key from the API keys tab of your app in the Ably dashboard into ABLY_API_KEY.',
        },
      );
    }
    return new AblyKey(parts[1]!, parts[2]!, parts[3]!);
  }
}

/**
 * Parses an Ably API key, so that a bad key fails when the program starts and not at the first login.
 *
 * The form is `appId.keyId:secret`, each part of letters, digits, `_` and `-`. Nothing is trimmed or repaired: what
 * was pasted wrongly is named in the error, without showing any of it.
 *
 * @param key - the whole key, as Ably's dashboard shows it
 * @returns the key's name and its parts; the secret stays unreadable
 * @throws {@link AblyJwtError} `KEY_MALFORMED` for anything else
 * @see {@link https://ably.com/docs/auth#api-keys | Ably API keys}
 *
 * @example
 * ```ts run
 * import { parseAblyKey } from 'ably-jwt';
 *
 * const key = parseAblyKey('appId.keyId:secret');
 * console.log(key.name); // => appId.keyId
 * ```
 */
export function parseAblyKey(key: string): AblyKey {
  return AblyKey.parse(key);
}

let last: { readonly text: string; readonly key: AblyKey } | undefined;

/** The parsed form of what a function was given as its key. The last text is kept: servers have one key. */
export function toAblyKey(key: unknown): AblyKey {
  if (key instanceof AblyKey) return key;
  if (last !== undefined && last.text === key) return last.key;
  const parsed = AblyKey.parse(key);
  last = { text: key as string, key: parsed };
  return parsed;
}

/** The secret of a key. For the signing engines only: whatever it returns must not leave them. */
export function secretOf(key: AblyKey): string {
  return readSecret(key);
}

/** Whether something is a key that another copy of this package has parsed. */
function isForeignKey(key: unknown): boolean {
  return typeof key === 'object' && key !== null && 'name' in key && 'keyId' in key;
}

/** What was passed instead of a key, told without showing any of it. */
function diagnose(key: unknown): string {
  if (key === undefined || key === null || key === '') {
    return `it is ${key === '' ? 'empty' : key}. Is the environment variable ABLY_API_KEY set?`;
  }
  if (isForeignKey(key)) {
    return 'it is an object that parseAblyKey of this copy of ably-jwt did not make. Pass the key as a string.';
  }
  if (typeof key !== 'string') return `found ${describe(key)}.`;
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
    [
      /^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(key),
      'it is a JWT, a token that a key has signed. Pass the API key.',
    ],
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
      'it is only a word that a missing value becomes as text. Is the environment variable ABLY_API_KEY set?',
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
