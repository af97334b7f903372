import { noObjects, protocolError } from '../protocol/errors.js';
import { maskPath } from '../protocol/mask.js';
import { createApp, deleteApp } from './apps.js';
import { requestToken, time } from './auth.js';
import { batchPresence, batchPublish } from './batch.js';
import {
  annotations,
  channels,
  history,
  injectStats,
  message,
  presence,
  presenceHistory,
  stats,
  status,
  versions,
} from './channels.js';
import { eventStream } from './event-stream.js';
import { patchMessage, postAnnotations, postMessages } from './publish.js';
import { revokeTokens } from './revocation.js';
import type { RestRequest, RestResponse } from './types.js';

/** Answers one kind of request. */
export type Handler = (request: RestRequest) => RestResponse | Promise<RestResponse>;

const routes: readonly (readonly [method: string, path: string, handler: Handler])[] = [
  ['GET', '/time', time],
  ['POST', '/keys/:keyName/requestToken', requestToken],
  ['POST', '/keys/:keyName/revokeTokens', revokeTokens],
  ['GET', '/channels', channels],
  ['GET', '/channels/:channel', status],
  ['GET', '/channels/:channel/messages', history],
  ['GET', '/channels/:channel/history', history],
  ['POST', '/channels/:channel/messages', postMessages],
  ['GET', '/channels/:channel/messages/:serial', message],
  ['PATCH', '/channels/:channel/messages/:serial', patchMessage],
  ['GET', '/channels/:channel/messages/:serial/versions', versions],
  ['GET', '/channels/:channel/messages/:serial/annotations', annotations],
  ['POST', '/channels/:channel/messages/:serial/annotations', postAnnotations],
  ['GET', '/channels/:channel/presence', presence],
  ['GET', '/channels/:channel/presence/history', presenceHistory],
  ['POST', '/messages', batchPublish],
  ['GET', '/presence', batchPresence],
  ['GET', '/event-stream', eventStream],
  ['GET', '/stats', stats],
  ['POST', '/stats', injectStats],
  ['POST', '/apps', createApp],
  ['DELETE', '/apps/:appId', deleteApp],
];

/**
 * The handler for a request, and the parts of the path that its route names.
 *
 * @param path - as it was sent: a name in it may hold an encoded slash
 * @throws {@link ProtocolError} for a path or method without a handler
 */
export function findRoute(
  method: string,
  path: string,
): { handler: Handler; params: Record<string, string> } {
  const segments = path.split('/').map(decodeSegment);
  for (const [routeMethod, pattern, handler] of routes) {
    const params = routeMethod === method ? match(pattern.split('/'), segments) : undefined;
    if (params !== undefined) return { handler, params };
  }
  assertSupportedPath(segments);
  throw protocolError('NOT_FOUND', `not found: ${method} ${maskPath(path)}`);
}

/** @throws {@link ProtocolError} 50001 for what Ably has and the sandbox has not, with what has it */
function assertSupportedPath([, first, , third]: readonly string[]): void {
  if (first === 'push')
    throw protocolError(
      'UNSUPPORTED',
      'the sandbox has no push notifications: test them with an Ably account',
    );
  if (first === 'chat')
    throw protocolError(
      'UNSUPPORTED',
      'the sandbox has no Chat API, through which messages are sent, changed and listed: test that with an Ably account',
    );
  if (first === 'channels' && (third === 'objects' || third === 'object'))
    throw protocolError('UNSUPPORTED', noObjects);
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index]!;
    if (part.startsWith(':') && segment !== '') params[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return params;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw protocolError(
      'BAD_REQUEST',
      'bad request: the path has a percent sign that is not followed by a character code',
    );
  }
}
