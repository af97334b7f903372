import type { CryptoKey } from 'jose';
import { type AblyKey, secretOf } from './key.js';

/** Signs and checks compact JWS with HMAC-SHA256. Both engines give the same bytes. */
export interface Hs256 {
  /** The compact JWS of a payload, under `{ alg: 'HS256', typ: 'JWT', kid }`. */
  sign(key: AblyKey, payload: string): string | Promise<string>;
  /** Whether a compact JWS, whose form has been checked, was signed with the key. Compares in constant time. */
  verify(key: AblyKey, jws: string): boolean | Promise<boolean>;
}

let engine: Hs256 | undefined;

/** The engine of this runtime, made when it is first needed: either of its libraries takes milliseconds to load. */
export function hs256(): Hs256 {
  if (engine === undefined) {
    const crypto = nodeCrypto();
    engine = crypto === undefined ? joseEngine() : nodeEngine(crypto);
  }
  return engine;
}

const protectedHeader = (key: AblyKey) => ({ alg: 'HS256', typ: 'JWT', kid: key.name }) as const;

type NodeCrypto = Pick<typeof import('node:crypto'), 'createHmac' | 'createSecretKey' | 'timingSafeEqual'>;
type NodeProcess = { getBuiltinModule?: (id: string) => NodeCrypto | undefined };

/** `node:crypto` where the runtime has it, in a way that no bundler sees and tries to resolve. */
function nodeCrypto(): NodeCrypto | undefined {
  const crypto = (globalThis as { process?: NodeProcess }).process?.getBuiltinModule?.('node:crypto');
  return typeof crypto?.createHmac === 'function' && typeof crypto.createSecretKey === 'function'
    ? crypto
    : undefined;
}

/** One HMAC call, about eight times as fast as WebCrypto. */
function nodeEngine({ createHmac, createSecretKey, timingSafeEqual }: NodeCrypto): Hs256 {
  const base64url = (text: string) => Buffer.from(text).toString('base64url');
  const made = new WeakMap<AblyKey, { header: string; secret: ReturnType<typeof createSecretKey> }>();
  const material = (key: AblyKey) => {
    let found = made.get(key);
    if (found === undefined) {
      found = {
        header: base64url(JSON.stringify(protectedHeader(key))),
        secret: createSecretKey(Buffer.from(secretOf(key))),
      };
      made.set(key, found);
    }
    return found;
  };
  return {
    sign(key, payload) {
      const { header, secret } = material(key);
      const input = `${header}.${base64url(payload)}`;
      return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    },
    verify(key, jws) {
      const end = jws.lastIndexOf('.');
      const expected = createHmac('sha256', material(key).secret).update(jws.slice(0, end)).digest();
      const found = Buffer.from(jws.slice(end + 1), 'base64url');
      return found.length === expected.length && timingSafeEqual(found, expected);
    },
  };
}

/** jose on WebCrypto, for every other runtime. jose is an ES module: loaded here, it is never met by `require` on Node. */
function joseEngine(): Hs256 {
  const jose = import('jose');
  const made = new WeakMap<AblyKey, Promise<CryptoKey>>();
  const material = (key: AblyKey) => {
    let found = made.get(key);
    if (found === undefined) {
      const secret = new TextEncoder().encode(secretOf(key));
      found = crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, [
        'sign',
        'verify',
      ]);
      made.set(key, found);
    }
    return found;
  };
  return {
    async sign(key, payload) {
      const { CompactSign } = await jose;
      const jws = new CompactSign(new TextEncoder().encode(payload)).setProtectedHeader(protectedHeader(key));
      return jws.sign(await material(key));
    },
    async verify(key, jws) {
      const { compactVerify, errors } = await jose;
      try {
        await compactVerify(jws, await material(key), { algorithms: ['HS256'] });
        return true;
      } catch (error) {
        if (error instanceof errors.JWSSignatureVerificationFailed) return false;
        throw error;
      }
    },
  };
}
