import type { AblySandbox } from 'ably-jwt/testing';

/** What a sandbox has answered. */
export interface RestAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what it holds is for the test to say
  readonly body: any;
}

/** The header with an API key in it. */
export const basic = (key: string) => ({ Authorization: `Basic ${Buffer.from(key).toString('base64')}` });

/** Sends a body by REST, in JSON; with an API key, or without credentials. */
export async function post(
  { url }: Pick<AblySandbox, 'url'>,
  path: string,
  body: unknown,
  key?: string,
): Promise<RestAnswer> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'X-Ably-Version': '6', ...(key === undefined ? {} : basic(key)) },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

/** What a token is worth to a sandbox: 200, or the code of Ably's that it is refused with. */
export async function worth({ url }: Pick<AblySandbox, 'url'>, token: string): Promise<number> {
  const response = await fetch(`${url}/channels/chat/messages`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  return response.ok ? 200 : ((await response.json()) as { error: { code: number } }).error.code;
}
