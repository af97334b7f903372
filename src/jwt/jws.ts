import { encodeBase64url } from '../util/base64url.js';
import { type AblyKey, secretOf } from './key.js';

/** HMAC-SHA256 in base64url. */
export const signatureChars = 43;

/** What a key's token begins with, encoded: the header and the payload, with a dot between them. */
export function signingInput(key: AblyKey, payload: string): string {
  let header = headers.get(key);
  if (header === undefined) {
    header = encodeBase64url(JSON.stringify({ alg: 'HS256', typ: 'JWT', kid: key.name }));
    headers.set(key, header);
  }
  return `${header}.${engine().base64url(payload)}`;
}

/** The headers, which are the same for all tokens of a key. */
const headers = new WeakMap<AblyKey, string>();

/**
 * The one cryptographic primitive: the signature of a text in base64url. A promise where only WebCrypto is at hand; both
 * engines give the same text.
 */
export function hs256(key: AblyKey, input: string): string | Promise<string> {
  return engine().hs256(key, input);
}

/** Whether a compact JWS was signed with a key. Compares in constant time. A promise where {@link hs256} gives one. */
export function isSignedBy(key: AblyKey, jws: string): boolean | Promise<boolean> {
  const end = jws.lastIndexOf('.');
  const signature = jws.slice(end + 1);
  const expected = hs256(key, jws.slice(0, end));
  return typeof expected === 'string'
    ? equalInConstantTime(expected, signature)
    : expected.then((text) => equalInConstantTime(text, signature));
}

/** Compares two texts in a time that depends on their lengths only. */
function equalInConstantTime(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

interface Engine {
  /** Base64url of a text's UTF-8. */
  readonly base64url: (text: string) => string;
  readonly hs256: typeof hs256;
}

let chosen: Engine | undefined;

/** The engine of this runtime, made when it is first needed: `node:crypto` takes milliseconds to load. */
function engine(): Engine {
  if (chosen === undefined) {
    const crypto = nodeCrypto();
    chosen = crypto === undefined ? webEngine() : nodeEngine(crypto);
  }
  return chosen;
}

type NodeCrypto = Pick<typeof import('node:crypto'), 'createHmac' | 'createSecretKey'>;
type NodeProcess = { getBuiltinModule?: (id: string) => NodeCrypto | undefined };

/** `node:crypto` where the runtime has it, in a way that no bundler sees and tries to resolve. */
function nodeCrypto(): NodeCrypto | undefined {
  const crypto = (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.('node:crypto');
  return typeof crypto?.createHmac === 'function' && typeof crypto.createSecretKey === 'function'
    ? crypto
    : undefined;
}

/** One HMAC call, about eight times as fast as WebCrypto. */
function nodeEngine({ createHmac, createSecretKey }: NodeCrypto): Engine {
  const secrets = new WeakMap<AblyKey, ReturnType<typeof createSecretKey>>();
  const secretKey = (key: AblyKey) => {
    let secret = secrets.get(key);
    if (secret === undefined) {
      secret = createSecretKey(Buffer.from(secretOf(key)));
      secrets.set(key, secret);
    }
    return secret;
  };
  return {
    base64url: (text) => Buffer.from(text).toString('base64url'),
    hs256: (key, input) => createHmac('sha256', secretKey(key)).update(input).digest('base64url'),
  };
}

/** WebCrypto, on every other runtime. */
function webEngine(): Engine {
  const secrets = new WeakMap<AblyKey, ReturnType<typeof crypto.subtle.importKey>>();
  const bytes = (text: string) => new TextEncoder().encode(text);
  const secretKey = (key: AblyKey) => {
    let secret = secrets.get(key);
    if (secret === undefined) {
      const algorithm = { name: 'HMAC', hash: 'SHA-256' };
      secret = crypto.subtle.importKey('raw', bytes(secretOf(key)), algorithm, false, ['sign']);
      secrets.set(key, secret);
    }
    return secret;
  };
  return {
    base64url: encodeBase64url,
    async hs256(key, input) {
      const signature = await crypto.subtle.sign('HMAC', await secretKey(key), bytes(input));
      return encodeBase64url(new Uint8Array(signature));
    },
  };
}
