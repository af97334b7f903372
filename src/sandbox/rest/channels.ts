import type { Operation } from '../../capability/operation.js';
import { type App, rulesFor } from '../auth/apps.js';
import type { Channel } from '../channel/channel.js';
import type { StoredMessage } from '../channel/history.js';
import { channelName } from '../channel/name.js';
import { toWire } from '../protocol/codec.js';
import { protocolError } from '../protocol/errors.js';
import { ModeBit } from '../protocol/modes.js';
import { PresenceAction, type WireMessage } from '../protocol/protocol.js';
import { historyPage, type Placed, page } from './paging.js';
import { assertCan } from './publish.js';
import type { RestRequest, RestResponse } from './types.js';

/** How long messages stay in history where they are not persisted, in milliseconds. */
const unpersistedHistory = 120_000;

/** GET /channels/:channel/messages */
export async function history(request: RestRequest): Promise<RestResponse> {
  const { channel, app } = await reading(request, 'history');
  const { query } = request;
  const lost = channel !== undefined && rulesFor(app, channel.name).persisted === false;
  const since = lost ? request.context.clock.now() - unpersistedHistory : 0;
  const until = query.get('from_serial') ?? query.get('fromSerial');
  const messages = (channel?.history.messages() ?? []).filter(({ timestamp }) => timestamp > since);
  // The serials of messages begin with the serial of their publish, so they sort after it.
  const seen = until === null ? messages : messages.filter(({ serial }) => serial <= `${until}~`);
  return historyPage(request, seen.map(placeMessage), 'messages');
}

/** GET /channels/:channel/messages/:serial */
export async function message(request: RestRequest): Promise<RestResponse> {
  const { channel } = await reading(request, 'history');
  return { status: 200, body: toWire(existing(channel, request.params.serial!), request.format) };
}

/** GET /channels/:channel/messages/:serial/versions */
export async function versions(request: RestRequest): Promise<RestResponse> {
  const { channel } = await reading(request, 'history');
  const { serial } = existing(channel, request.params.serial!);
  return historyPage(request, channel!.history.versions(serial).map(placeVersion), 'versions');
}

/** GET /channels/:channel/messages/:serial/annotations */
export async function annotations(request: RestRequest): Promise<RestResponse> {
  const { channel } = await reading(request, 'history');
  const { serial } = existing(channel, request.params.serial!);
  return page(request, channel!.annotations.of(serial).map(placeByIndex), 'annotations');
}

/** GET /channels/:channel/presence */
export async function presence(request: RestRequest): Promise<RestResponse> {
  // In the query of this one request, `clientId` is a filter.
  const { channel } = await reading(request, 'subscribe', false);
  const { query } = request;
  const wanted = (name: 'clientId' | 'connectionId', value: string) =>
    [null, value].includes(query.get(name));
  const members = (channel?.presence.members ?? [])
    .filter(
      ({ clientId, connectionId }) => wanted('clientId', clientId) && wanted('connectionId', connectionId),
    )
    .map((member) => ({ ...member, action: PresenceAction.PRESENT }));
  return page(request, members.map(placeByIndex), 'presence');
}

/** GET /channels/:channel/presence/history */
export async function presenceHistory(request: RestRequest): Promise<RestResponse> {
  const { channel } = await reading(request, 'history');
  return historyPage(request, (channel?.presence.events ?? []).map(placeByIndex), 'history');
}

/** GET /channels/:channel */
export async function status(request: RestRequest): Promise<RestResponse> {
  const { channel } = await reading(request, 'channel-metadata');
  return { status: 200, body: channelDetails(request.params.channel!, channel) };
}

/** GET /channels */
export async function channels(request: RestRequest): Promise<RestResponse> {
  const requester = await request.authenticate();
  assertCan(requester, 'channel-metadata', '*');
  const byId = request.query.get('by') === 'id';
  const prefix = request.query.get('prefix') ?? '';
  const active = request.context.channels
    .of(requester.identity.key.app)
    .filter(({ name, feed }) => feed.attachments.size > 0 && name.startsWith(prefix));
  return {
    status: 200,
    body: active.map((channel) => (byId ? channel.name : channelDetails(channel.name, channel))),
  };
}

/** GET /stats: behind its right. */
export async function stats(request: RestRequest): Promise<RestResponse> {
  assertCan(await request.authenticate(), 'stats', '*');
  assertForSuites(request);
  return { status: 200, body: [] };
}

/** POST /stats: suites put figures in; they are not kept. */
export async function injectStats(request: RestRequest): Promise<RestResponse> {
  if ((await request.authenticate()).identity.token !== undefined) throw protocolError('BASIC_REQUIRED');
  assertForSuites(request);
  return { status: 201, body: [] };
}

/**
 * Statistics are for suites that were written for Ably's test cloud, and ask for them on the way to something else: they
 * read an empty list.
 *
 * @throws {@link ProtocolError} 50001 for everybody else
 */
function assertForSuites({ context }: RestRequest): void {
  if (!context.provisioning)
    throw protocolError('UNSUPPORTED', 'the sandbox has no statistics: look at them in an Ably account');
}

/** Authenticates a request that reads a channel, checks its right, and returns the channel if it was used. */
async function reading(
  request: RestRequest,
  operation: Operation,
  queryNamesClient?: boolean,
): Promise<{ channel: Channel | undefined; app: App }> {
  const requester = await request.authenticate(queryNamesClient);
  const name = channelName(request.params.channel!);
  assertCan(requester, operation, name);
  const { app } = requester.identity.key;
  return { channel: request.context.channels.find(app, name), app };
}

function existing(channel: Channel | undefined, serial: string): StoredMessage {
  const found = channel?.history.versions(serial).at(-1);
  if (found === undefined)
    throw protocolError('NOT_FOUND', 'not found: the channel has no message of that serial');
  return found;
}

function placeMessage(element: StoredMessage): Placed<WireMessage> {
  return { place: element.serial, timestamp: element.timestamp, element };
}

function placeVersion(element: StoredMessage): Placed<WireMessage> {
  return { place: element.version?.serial ?? element.serial, timestamp: element.timestamp, element };
}

function placeByIndex<Element extends { timestamp: number }>(
  element: Element,
  index: number,
): Placed<Element> {
  return { place: String(index), timestamp: element.timestamp, element };
}

function channelDetails(channelId: string, channel: Channel | undefined) {
  const attachments = [...(channel?.feed.attachments ?? [])];
  const count = (mode: number) => attachments.filter(({ granted }) => (granted & mode) !== 0).length;
  const metrics = {
    connections: new Set(attachments.map(({ receiver }) => receiver.id)).size,
    publishers: count(ModeBit.PUBLISH),
    subscribers: count(ModeBit.SUBSCRIBE),
    presenceConnections: count(ModeBit.PRESENCE),
    presenceMembers: channel?.presence.size ?? 0,
    presenceSubscribers: count(ModeBit.PRESENCE_SUBSCRIBE),
  };
  return { channelId, status: { isActive: attachments.length > 0, occupancy: { metrics } } };
}
