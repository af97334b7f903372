// The libraries that people sign Ably JWTs with today, each used the fastest way that its own documentation shows.
import { createHmac, createSecretKey } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import { install } from '../scripts/install.mjs';

export const apiKey = 'aBcDeF.gHiJkL:mNoPqRsTuVwXyZ0123456789aBcDeFgHiJkLmNoPqRs';
export const [kid, secret] = apiKey.split(':');

/**
 * What every candidate signs: two resources, a clientId, one hour.
 *
 * @type {Record<string, import('ably-jwt').Operation[]>}
 */
export const capability = { 'chat:*': ['subscribe', 'publish', 'presence'], news: ['subscribe'] };
export const clientId = 'user-8412';
/** The same as the text that belongs in the claim. */
export const capabilityText = '{"chat:*":["presence","publish","subscribe"],"news":["subscribe"]}';

// The floor: no checks, no sorting; the key and the header are made once.
const keyObject = createSecretKey(Buffer.from(secret));
const header = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT', kid })).toString('base64url');
export function signBare(payload) {
  const input = `${header}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`;
  return `${input}.${createHmac('sha256', keyObject).update(input).digest('base64url')}`;
}

const claims = () => ({ 'x-ably-capability': capabilityText, 'x-ably-clientId': clientId });

const folder = fileURLToPath(new URL('peers/', import.meta.url));

/** @returns {Promise<{ signers: Record<string, (times: number) => unknown>, from: string }>} */
export async function loadPeers() {
  await install(folder);
  const from = `${folder}package.json`;
  const require = createRequire(from);
  const bytes = Buffer.from(secret);

  const jsonwebtoken = require('jsonwebtoken');
  const sign = require('fast-jwt').createSigner({
    key: secret,
    algorithm: 'HS256',
    kid,
    expiresIn: 3_600_000,
  });
  const cryptoKey = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);

  /** @type {Record<string, (times: number) => unknown>} */
  const signers = {
    'fast-jwt': (times) => {
      for (let i = 0; i < times; i++) sign(claims());
    },
    jose: async (times) => {
      for (let i = 0; i < times; i++) {
        await new SignJWT(claims())
          .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid })
          .setIssuedAt()
          .setExpirationTime('1h')
          .sign(cryptoKey);
      }
    },
    jsonwebtoken: (times) => {
      for (let i = 0; i < times; i++) jsonwebtoken.sign(claims(), secret, { expiresIn: '1h', keyid: kid });
    },
  };
  // A native module: its package for each platform is a package of its own, and only this one is installed.
  if (process.platform === 'linux' && process.arch === 'x64') {
    const native = require(`@node-rs/jsonwebtoken-${process.platform}-${process.arch}-gnu`);
    signers['@node-rs/jsonwebtoken'] = (times) => {
      for (let i = 0; i < times; i++) {
        const iat = Math.floor(Date.now() / 1000);
        native.signSync({ data: claims(), iat, exp: iat + 3600 }, bytes, { algorithm: 'HS256', keyId: kid });
      }
    };
  }
  return { signers, from };
}
