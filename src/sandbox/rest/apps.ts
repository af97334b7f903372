import { type Capability, parseCapability, stringifyCapability } from '../../capability/capability.js';
import {
  type App,
  type AppKey,
  type AppKeySettings,
  appIdLength,
  type NamespaceRules,
  randomId,
} from '../auth/apps.js';
import { channelName } from '../channel/name.js';
import type { Context } from '../context.js';
import { fromWire } from '../protocol/codec.js';
import { protocolError } from '../protocol/errors.js';
import { PresenceAction } from '../protocol/protocol.js';
import type { RestRequest, RestResponse } from './types.js';

type Entry = Record<string, unknown>;

/**
 * POST /apps, as Ably's test cloud has it: makes an app with keys, namespaces, and channels with members.
 * {@link https://github.com/ably/ably-common/blob/main/test-resources/test-app-setup.json}
 */
export async function createApp({ context, ...request }: RestRequest): Promise<RestResponse> {
  assertAllowed(context);
  const body = await request.body();
  const setup = (typeof body === 'object' && body !== null ? body : {}) as Entry;
  const [keys, namespaces, channels] = ['keys', 'namespaces', 'channels'].map((name) => entries(setup, name));
  const rules = new Map(namespaces!.map((namespace) => [String(namespace.id), namespace as NamespaceRules]));
  const app = context.apps.create(
    randomId(appIdLength),
    (keys!.length > 0 ? keys! : [{}]).map(keySettings),
    rules,
  );
  for (const channel of channels!) enterMembers(context, app, channel);
  return {
    status: 201,
    body: {
      appId: app.id,
      accountId: app.accountId,
      // Where suites that can be pointed at a local server find it.
      ...context.address,
      keys: app.keys.map((key, index) => ({ ...keys![index], ...describeKey(key) })),
      namespaces,
      channels,
    },
  };
}

/** DELETE /apps/:appId */
export async function deleteApp(request: RestRequest): Promise<RestResponse> {
  const { context, connections, params } = request;
  assertAllowed(context);
  const { identity } = await request.authenticate();
  const { app } = identity.key;
  if (identity.token !== undefined) throw protocolError('BASIC_REQUIRED');
  if (app.id !== params.appId)
    throw protocolError('NOT_FOUND', `not found: the key is of another app than ${params.appId}`);
  connections.fail((client) => client.app === app, protocolError('NOT_FOUND', 'the app was deleted').info);
  context.authenticator.forget(app);
  context.channels.delete(app);
  context.apps.delete(app);
  return { status: 204 };
}

function assertAllowed(context: Context): void {
  if (context.provisioning) return;
  throw protocolError(
    'NOT_FOUND',
    'not found: start the sandbox with the option "provisioning" to make apps',
  );
}

function entries(setup: Entry, name: string): Entry[] {
  const list = setup[name] ?? [];
  if (Array.isArray(list) && list.every((entry) => typeof entry === 'object' && entry !== null)) return list;
  throw protocolError('BODY_INVALID', `invalid request body: "${name}" must be an array of objects`);
}

function keySettings({ capability, revocableTokens }: Entry): AppKeySettings {
  return {
    capabilityText:
      capability === undefined || typeof capability === 'string'
        ? capability
        : stringifyCapability(parseCapability(stringifyCapability(capability as Capability))),
    revocableTokens: revocableTokens === true,
  };
}

function describeKey({ name, secret, text, capabilityText }: AppKey): Entry {
  return {
    id: name.split('.')[1],
    keyName: name,
    keySecret: secret,
    keyStr: text,
    value: text,
    capability: capabilityText,
  };
}

function enterMembers(context: Context, app: App, { name, presence = [] }: Entry): void {
  const members = entries({ presence }, 'presence');
  const channel = context.channels.open(app, channelName(String(name)));
  const connectionId = randomId(10);
  channel.presence.apply(
    members.map(({ clientId, data, encoding }) =>
      fromWire({
        action: PresenceAction.ENTER,
        clientId: String(clientId),
        data,
        ...(typeof encoding === 'string' ? { encoding } : {}),
      }),
    ),
    connectionId,
    `${connectionId}:0`,
  );
}
