import type { Duration } from 'ably-jwt';
import type { AblySandbox } from 'ably-jwt/testing';

/** What each of the example servers is started with. */
export interface DemoOptions {
  apiKey: string;
  ttl?: Duration | undefined;
  /** Where the page finds Ably; absent for Ably itself. */
  clientOptions?: AblySandbox['clientOptions'] | undefined;
}

/** An HTTP answer that any framework can send; the endpoint's answers have this shape too. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
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
  const code = status < 500 ? 40000 : 50000;
  return {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
    body: JSON.stringify({
      error: { code, statusCode: status, message, href: `https://help.ably.io/error/${code}` },
    }),
  };
}
