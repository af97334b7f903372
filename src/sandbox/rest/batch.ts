import { channelName } from '../channel/name.js';
import { toWire } from '../protocol/codec.js';
import { protocolError, toErrorInfo } from '../protocol/errors.js';
import { PresenceAction } from '../protocol/protocol.js';
import { assertCan, publishTo } from './publish.js';
import type { RestRequest, RestResponse } from './types.js';

/** What became of one part of a batch; with `error` when it failed. */
type Outcome = Record<string, unknown>;

/** POST /messages */
export async function batchPublish(request: RestRequest): Promise<RestResponse> {
  const requester = await request.authenticate();
  const body = await request.body();
  const specs = list(body).map((spec) => {
    const { channels, messages } = (spec ?? {}) as { channels?: unknown; messages?: unknown };
    if (channels === undefined || messages === undefined) {
      throw protocolError('BODY_INVALID', 'invalid request body: a batch needs "channels" and "messages"');
    }
    return list(channels).map((channel) =>
      attempt({ channel }, () => {
        const { messageId } = publishTo(request, requester, String(channel), messages);
        return { channel, messageId };
      }),
    );
  });
  if (request.version < 3) return flatBatch(specs.flat());
  const wrapped = specs.map(wrapper);
  return { status: 201, body: Array.isArray(body) ? wrapped : wrapped[0] };
}

/** GET /presence */
export async function batchPresence(request: RestRequest): Promise<RestResponse> {
  const requester = await request.authenticate();
  const names = (request.query.get('channels') ?? request.query.get('channel') ?? '').split(',');
  const results = names.map((channel) =>
    attempt({ channel }, () => {
      const name = channelName(channel);
      assertCan(requester, 'subscribe', name);
      const members = request.context.channels.find(requester.identity.key.app, name)?.presence.members ?? [];
      const presence = members.map((member) =>
        toWire({ ...member, action: PresenceAction.PRESENT }, request.format),
      );
      return { channel, presence };
    }),
  );
  return { status: 200, body: wrapper(results) };
}

/** The answer to a batch: wrapped for present clients, flat for those of protocol versions before 3. */
export function batchAnswer(version: number, results: readonly Outcome[]): RestResponse {
  return version < 3 ? flatBatch(results) : { status: 201, body: wrapper(results) };
}

/** Does a part of a batch. When it fails, the others go on. */
export function attempt(subject: Outcome, act: () => Outcome): Outcome {
  try {
    return act();
  } catch (thrown) {
    return { ...subject, error: toErrorInfo(thrown) };
  }
}

function wrapper(results: readonly Outcome[]) {
  const failureCount = results.filter((result) => 'error' in result).length;
  return { successCount: results.length - failureCount, failureCount, results };
}

function flatBatch(results: readonly Outcome[]): RestResponse {
  if (!results.some((result) => 'error' in result)) return { status: 201, body: results };
  const error = protocolError('BATCH_FAILED').info;
  return { status: 400, body: { error, batchResponse: results }, error };
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
