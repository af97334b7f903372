import { randomId } from '../auth/apps.js';
import { assertIdentified } from '../channel/messages.js';
import { channelName } from '../channel/name.js';
import { identityDetails } from '../events.js';
import { protocolError } from '../protocol/errors.js';
import { EventStream } from '../realtime/event-stream.js';
import { assertCan } from './publish.js';
import type { RestRequest, RestResponse } from './types.js';

/** GET /event-stream?channels=a,b: messages as server-sent events. */
export async function eventStream(request: RestRequest): Promise<RestResponse> {
  const { context, connections, query } = request;
  const requester = await request.authenticate();
  const { identity, clientId } = requester;
  const { app } = identity.key;
  const names = (query.get('channels') ?? query.get('channel') ?? '').split(query.get('separator') || ',');
  if (names.every((name) => name === ''))
    throw protocolError('BAD_REQUEST', 'bad request: "channels" names no channel');
  for (const name of names) {
    assertCan(requester, 'subscribe', channelName(name));
    assertIdentified(app, channelName(name), clientId);
  }
  const channels = names.map((name) => context.channels.open(app, channelName(name)));
  const rewind = query.get('rewind') ?? undefined;
  return {
    status: 200,
    stream(response) {
      const { clock, events } = context;
      const stream = new EventStream(response, {
        clock,
        identity,
        id: randomId(10),
        channels,
        rewind,
        report(type, error) {
          events.add({ type, via: 'rest', ...identityDetails(identity, clientId), error }, identity.token);
        },
      });
      connections.addStream(stream, response);
    },
  };
}
