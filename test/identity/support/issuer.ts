import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  exportJWK,
  exportSPKI,
  type GenerateKeyPairResult,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
} from 'jose';

/** Signs the tokens of a provider, as its documentation describes them, and serves its keys on loopback. */
export interface Issuer extends AsyncDisposable {
  readonly url: string;
  readonly pem: string;
  /** The paths that were asked for. */
  readonly requests: string[];
  /** What it answers; the JWKS unless a test says otherwise. */
  answer: (path: string) => { status: number; body: object };
  /** @param lifetime - in seconds; negative for an expired token */
  sign(claims: JWTPayload, lifetime?: number): Promise<string>;
  /** A token with the same header, signed by somebody else. */
  forge(claims: JWTPayload): Promise<string>;
}

export async function startIssuer(alg: 'RS256' | 'ES256'): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const strange = await generateKeyPair(alg);
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'key1', alg, use: 'sig' }] };
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url!);
    const { status, body } = issuer.answer(request.url!);
    const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'max-age=3600' };
    response.writeHead(status, headers).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  function sign(claims: JWTPayload, lifetime: number, key: GenerateKeyPairResult['privateKey']) {
    const now = Math.floor(Date.now() / 1000);
    const issuedAt = Math.min(now, now + lifetime) - 10;
    return new SignJWT({ iat: issuedAt, exp: now + lifetime, ...claims })
      .setProtectedHeader({ alg, kid: 'key1', typ: 'JWT' })
      .sign(key);
  }
  const issuer: Issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pem: await exportSPKI(publicKey),
    requests,
    answer: () => ({ status: 200, body: jwks }),
    sign: (claims, lifetime = 60) => sign(claims, lifetime, privateKey),
    forge: (claims) => sign(claims, 60, strange.privateKey),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return issuer;
}
