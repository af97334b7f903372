import type { AblySandbox } from 'ably-jwt/testing';
import { expect } from 'vitest';
import { misfits, openapi } from './openapi.js';

/** What the admin interface has answered, checked against its description. */
export interface AdminAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is for the test to say
  readonly body: any;
}

/** The operations that were used, as `POST /admin/fail 200`. */
export const used = new Set<string>();

/** Calls the admin interface. The answer must be as docs/openapi/sandbox-admin.json says, and a good body too. */
export async function admin(
  { url }: Pick<AblySandbox, 'url'>,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<AdminAnswer> {
  const response = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = text === '' ? undefined : JSON.parse(text);
  const operation = openapi.paths[path]?.[method.toLowerCase()];
  expect(operation, `${method} ${path} is described`).toBeDefined();
  const described = operation!.responses[response.status];
  expect(described, `${method} ${path} may answer ${response.status}: ${text}`).toBeDefined();
  const schema = described!.content?.['application/json']?.schema;
  if (schema === undefined) expect(text).toBe('');
  else expect(misfits(schema, answer), `${method} ${path}`).toEqual([]);
  const request = operation!.requestBody?.content['application/json']?.schema;
  if (response.ok && body !== undefined) expect(misfits(request!, body)).toEqual([]);
  used.add(`${method} ${path} ${response.status}`);
  return { status: response.status, body: answer };
}
