import type { IncomingMessage } from 'node:http';
import type { Duration } from 'ably-jwt';
import type { AblySandbox } from 'ably-jwt/testing';

/** What each of the example servers is started with. */
export interface DemoOptions {
  apiKey: string;
  ttl?: Duration | undefined;
  /** Where the page finds Ably; absent for Ably itself. */
  clientOptions?: AblySandbox['clientOptions'] | undefined;
  /** The sandbox whose tokens the page can expire and revoke; absent for Ably itself. */
  sandbox?: AblySandbox | undefined;
}

/** An HTTP answer that any framework can send; the endpoint's answers have this shape too. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

/**
 * The refusal of a request that this page didn't send; undefined if it may have. The demo lets everybody in, and a key of
 * Ably makes real tokens, so no other page may use it: neither one with a name that leads to this machine (`Host`, DNS
 * rebinding) nor one that posts here (`Origin`).
 */
export function refuseForeign({ method, headers }: IncomingMessage): Answer | undefined {
  const { host = '', origin } = headers;
  if (!/^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host)) {
    return errorAnswer(403, 'The demo answers at localhost only.');
  }
  if (method === 'POST' && origin !== undefined && origin !== `http://${host}`) {
    return errorAnswer(403, "The demo takes nothing from other sites' pages.");
  }
  return undefined;
}

/** The longest request body the examples read, in bytes. */
export const bodyLimit = 10_240;

/**
 * The answer to a request whose body could not be read. The error's own message is left out: a JSON parser's quotes
 * the body, which holds a password.
 */
export function refuse(error: unknown): Answer {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (status === 400) return errorAnswer(400, 'The body is not valid JSON.');
  if (status === 413) return errorAnswer(413, `The body is larger than ${bodyLimit} bytes.`);
  if (status === 415) return errorAnswer(415, 'The body must be JSON, with Content-Type: application/json.');
  return errorAnswer(500, 'The server failed.');
}

/** An error in the shape that Ably's clients read. */
export function errorAnswer(status: number, message: string): Answer {
  const code = status === 403 ? 40300 : status < 500 ? 40000 : 50000;
  return {
    status,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
    body: JSON.stringify({
      error: { code, statusCode: status, message, href: `https://help.ably.io/error/${code}` },
    }),
  };
}
