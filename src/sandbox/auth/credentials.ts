import type { IncomingHttpHeaders } from 'node:http';
import { protocolError } from '../protocol/errors.js';
import { maskCredentials } from '../protocol/mask.js';

/** The credentials in a request: a token, or the key itself. */
export interface Credentials {
  readonly token?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * The credentials of a request: in the query (`key`, `access_token`) or in the Authorization header.
 *
 * @throws {@link ProtocolError} 40005 for a header that can't be read
 */
export function readCredentials(headers: IncomingHttpHeaders, query: URLSearchParams): Credentials {
  const token = query.get('access_token') ?? query.get('accessToken') ?? undefined;
  const key = query.get('key') ?? undefined;
  if (token !== undefined || key !== undefined) return { token, key };
  const { authorization } = headers;
  if (authorization === undefined) return {};
  const match = /^(basic|bearer)\s+(\S+)$/i.exec(authorization);
  if (match === null) {
    throw protocolError(
      'CREDENTIAL_UNREADABLE',
      'Invalid Authorization header in request: it must be "Basic …" or "Bearer …"',
    );
  }
  const value = match[2]!;
  if (match[1]!.toLowerCase() === 'basic') return { key: decodeBase64(value) };
  // Ably's SDKs encode the token once more; people with curl don't. A token has dots, and base64 has none.
  return { token: value.includes('.') ? value : decodeBase64(value) };
}

/** Which sort of credentials they are. */
export function kindOf({ token, key }: Credentials): 'token' | 'key' | 'none' {
  if (token !== undefined) return 'token';
  return key === undefined ? 'none' : 'key';
}

/** The client id that a REST request asks to act for. */
export function requestedClientId(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const header = headerOf(headers, 'x-ably-clientid');
  return header === undefined ? (query.get('clientId') ?? undefined) : decodeBase64(header);
}

/** A header. Node makes one text of a repeated one; only of Set-Cookie it makes a list. */
function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  return headers[name] as string | undefined;
}

function decodeBase64(text: string): string {
  return Buffer.from(text, 'base64').toString();
}

/** More than any SDK needs. */
const maxAgentCharacters = 500;

/** The SDK that makes a request, as it names itself. */
export function agentOf(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  const agent = namedAgent(headers, query);
  return agent === undefined ? undefined : maskCredentials(agent).slice(0, maxAgentCharacters);
}

function namedAgent(headers: IncomingHttpHeaders, query: URLSearchParams): string | undefined {
  return query.get('agent') ?? headerOf(headers, 'ably-agent');
}

/** The client id that a request asks for, or that its token names. It isn't verified. */
export function claimedClientId(
  authenticator: { claimedClientId(token: string): string | undefined },
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
): string | undefined {
  const requested = requestedClientId(headers, query);
  if (requested !== undefined) return requested;
  try {
    const { token } = readCredentials(headers, query);
    return token === undefined ? undefined : authenticator.claimedClientId(token);
  } catch {
    return undefined;
  }
}

/** Whether a client declares itself a server: by its SDK, or by a parameter. */
export function declaresServer(headers: IncomingHttpHeaders, query: URLSearchParams): boolean {
  return (
    query.get('clientType') === 'server' ||
    (namedAgent(headers, query)?.includes('ably-pubsub-server') ?? false)
  );
}
