import { can } from '../../capability/capability.js';
import type { Operation } from '../../capability/operation.js';
import { AblyJwtError } from '../../errors.js';
import { type App, randomId } from '../auth/apps.js';
import { readAnnotations } from '../channel/annotations.js';
import type { Channel } from '../channel/channel.js';
import { assertPublishable, readMessages } from '../channel/messages.js';
import { assertMayMutate, assertMutable, readMutation } from '../channel/mutations.js';
import { channelName } from '../channel/name.js';
import { protocolError } from '../protocol/errors.js';
import type { WireMessage } from '../protocol/protocol.js';
import type { Connection } from '../realtime/connection.js';
import type { Connections } from '../realtime/connections.js';
import type { Requester, RestRequest, RestResponse } from './types.js';

/** POST /channels/:channel/messages */
export async function postMessages(request: RestRequest): Promise<RestResponse> {
  const requester = await request.authenticate();
  if (request.query.get('_forceNack') === 'true') throw protocolError('FORCED');
  const name = request.params.channel!;
  assertCan(requester, 'publish', channelName(name));
  return { status: 201, body: publishTo(request, requester, name, await request.body()) };
}

/** What a channel answers to a publish. */
export interface Published {
  readonly channel: string;
  readonly messageId: string;
  readonly serials: readonly string[];
}

/** Publishes to one channel: a single request, or a part of a batch. */
export function publishTo(
  request: RestRequest,
  requester: Requester,
  name: string,
  body: unknown,
): Published {
  const { app } = requester.identity.key;
  const base = channelName(name);
  assertCan(requester, 'publish', base);
  const messages = readMessages(body ?? [], requester, base);
  assertPublishable(app, base, messages);
  const id = randomId(12);
  const key = connectionKeyOf(body);
  const connection = key === undefined ? undefined : connectionOf(request.connections, app, key, requester);
  const channel = request.context.channels.open(app, base);
  const serials =
    connection === undefined
      ? channel.publish(messages, undefined, id)
      : publishFor(connection, channel, messages, id);
  return { channel: name, messageId: messages[0]?.id ?? `${id}:0`, serials };
}

/** The key of the connection that messages are to be published on behalf of. */
function connectionKeyOf(body: unknown): string | undefined {
  const list = (Array.isArray(body) ? body : [body]) as { connectionKey?: unknown }[];
  const [key, ...others] = new Set(list.map((message) => message?.connectionKey ?? undefined));
  if (others.length > 0)
    throw protocolError('BAD_REQUEST', 'bad request: the messages name several connectionKeys');
  return key === undefined ? undefined : String(key);
}

/** The connection of that key. */
function connectionOf(connections: Connections, app: App, key: string, { clientId }: Requester): Connection {
  const connection = connections.of(app).find((candidate) => candidate.key === key);
  if (connection === undefined) throw protocolError('CONNECTION_KEY_UNKNOWN');
  if (clientId !== '*' && clientId !== connection.clientId) {
    throw new AblyJwtError(
      'CLIENT_ID_MISMATCH',
      'Invalid clientId for credentials: the connection is of another client',
    );
  }
  return connection;
}

function publishFor(
  connection: Connection,
  channel: Channel,
  messages: readonly WireMessage[],
  id: string,
): string[] {
  const { clientId } = connection;
  const stamped =
    clientId === undefined || clientId === '*'
      ? messages
      : messages.map((message) => ({ clientId, ...message }));
  return channel.publish(stamped, connection.id, id);
}

/** PATCH /channels/:channel/messages/:serial */
export async function patchMessage(request: RestRequest): Promise<RestResponse> {
  const requester = await request.authenticate();
  const { app } = requester.identity.key;
  const name = channelName(request.params.channel!);
  assertMutable(app, name);
  const [change] = readMessages(
    { ...((await request.body()) as object), serial: request.params.serial },
    requester,
    name,
  );
  assertMayMutate(name, change!, requester);
  const channel = request.context.channels.open(app, name);
  const { original, changes } = readMutation(channel, change!, requester);
  return { status: 200, body: { versionSerial: channel.mutate(original, changes, undefined) } };
}

/** POST /channels/:channel/messages/:serial/annotations */
export async function postAnnotations(request: RestRequest): Promise<RestResponse> {
  const requester = await request.authenticate();
  const { app } = requester.identity.key;
  const name = channelName(request.params.channel!);
  assertCan(requester, 'annotation-publish', name);
  assertMutable(app, name);
  const body = (await request.body()) ?? [];
  const channel = request.context.channels.open(app, name);
  const annotations = readAnnotations(body, requester, channel, request.params.serial);
  return {
    status: 201,
    body: { serials: channel.annotations.publish(annotations, undefined, randomId(12)) },
  };
}

/** @throws {@link ProtocolError} 40160 when the requester may not do that on a channel */
export function assertCan({ identity }: Requester, operation: Operation, channel: string): void {
  if (can(identity.capability, operation, channel)) return;
  throw protocolError(
    'NOT_PERMITTED',
    `operation not permitted with provided capability: ${channel} requires the ${operation} capability`,
  );
}
