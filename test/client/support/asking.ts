import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type AuthCallbackError,
  type AuthCallbackOptions,
  type AuthCallbackSource,
  createAuthCallback,
  type TokenDetails,
  type TokenParams,
  type TokenRequest,
} from 'ably-jwt/client';
import { onTestFinished } from 'vitest';
import { goodPayload, rawJwt } from '../../support/tokens.js';

/** What the endpoint of a test got. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** One answer, or what to do with the response. */
export type Answer =
  | { status?: number; headers?: Record<string, string>; body?: string }
  | ((response: ServerResponse) => void);

/** A real HTTP server on a port of its own choosing: gives one answer after the other, and the last one for ever. */
export async function endpoint(...answers: Answer[]): Promise<{ url: string; requests: SeenRequest[] }> {
  const requests: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = answers[Math.min(requests.length, answers.length - 1)]!;
    requests.push({ method: request.method!, url: request.url!, headers: request.headers, body });
    if (typeof answer === 'function') return answer(response);
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/jwt', ...answer.headers });
    response.end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth`, requests };
}

/** What Ably's client was called back with. */
export interface Outcome {
  readonly error: AuthCallbackError | null;
  readonly token: TokenDetails | TokenRequest | string | null;
}

/** Calls an authCallback as Ably's client does. */
export function call(
  authCallback: ReturnType<typeof createAuthCallback>,
  tokenParams: TokenParams = {},
): Promise<Outcome> {
  return new Promise((resolve) => authCallback(tokenParams, (error, token) => resolve({ error, token })));
}

/** One call of a new authCallback. */
export const ask = (source: AuthCallbackSource, options?: AuthCallbackOptions, tokenParams?: TokenParams) =>
  call(createAuthCallback(source, options), tokenParams);

/** The error of one call of a new authCallback. */
export async function failure(...args: Parameters<typeof ask>): Promise<AuthCallbackError> {
  const { error, token } = await ask(...args);
  if (error === null) throw new Error(`expected an error, got the token ${JSON.stringify(token)}`);
  return error;
}

/** A JWT with the claims of Ably's. No client checks the signature. */
export const jwt = (claims: object = {}): string => rawJwt({ payload: { ...goodPayload, ...claims } });

/** An answer with such a token. */
export const good: Answer = { body: jwt() };

/** A promise to settle later. */
export function deferred<Value>() {
  let resolve!: (value: Value) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<Value>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
