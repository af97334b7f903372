import type { Capability } from '../capability/capability.js';
import type { RevocationTarget } from '../revoke/results.js';
import { finishAll } from '../util/finish.js';
import { Admin } from './admin/index.js';
import type { AppKey, Apps } from './auth/apps.js';
import { createContext } from './context.js';
import {
  describeConnection,
  expireTokens,
  limitConnections,
  promptReauth,
  revoke,
  revokeKey,
  type SandboxChannelRules,
  type SandboxConnection,
  type SandboxConnectionSelector,
  type SandboxRevocation,
  selectConnections,
  setChannelRules,
  setDisabled,
} from './controls.js';
import { readFailure, readRule, type SandboxFailure, type SandboxFaultRule } from './faults.js';
import { listenOnLoopback } from './listen.js';
import {
  type AblySandboxClientOptions,
  type AblySandboxOptions,
  readSandboxOptions,
  type SandboxKeySettings,
} from './options.js';
import { Connections } from './realtime/connections.js';
import { Realtime } from './realtime/server.js';
import type { SandboxRequest } from './request-log.js';
import { Rest } from './rest/server.js';

/** An API key of a sandbox. */
export interface AblySandboxKey {
  /** The whole key, `appId.keyId:secret`: for `createAblyJwt`, or as `key` of an Ably client. */
  readonly key: string;
  /** Its name, `appId.keyId`. */
  readonly name: string;
  /** What it may do at most. */
  readonly capability: Capability;
  /** Whether its tokens can be revoked through REST. */
  readonly revocableTokens: boolean;
}

/** An Ably-compatible server in the test's own process. Made by {@link startAblySandbox}. */
export interface AblySandbox {
  /** The first key, `appId.keyId:secret`. */
  readonly apiKey: string;
  /** The keys, in the order of the option `keys`. */
  readonly keys: readonly AblySandboxKey[];
  /** Its base URL, such as `http://localhost:1234`. Pass it as `endpoint` to `revokeAblyTokens`. */
  readonly url: string;
  /** Its port on the loopback interface. */
  readonly port: number;
  /**
   * Spread them into the options of an Ably client, Realtime or Rest, in Node or in a browser, and add how the client
   * authenticates.
   */
  readonly clientOptions: AblySandboxClientOptions;
  /** The clients that are connected now, oldest first. A snapshot: read it again to see changes. */
  readonly connections: readonly SandboxConnection[];
  /**
   * The requests it has answered, oldest first: REST requests and connection attempts, without the preflights of browsers.
   * It keeps the last 5,000 at least.
   */
  readonly requests: readonly SandboxRequest[];
  /**
   * Revokes tokens that were issued up to now. Their clients are disconnected with 40141, and come back if they can
   * get a new token: another one, since a JWT with the same claims, signed in the same second, has the same bytes, and
   * is the token that was revoked. A claim such as `jti: randomUUID()` tells them apart. Works for all keys, also for
   * those without `revocableTokens`; Ably's REST API, which `revokeAblyTokens` calls, refuses those.
   *
   * @param targets - one or several
   * @param options - `allowReauthMargin`: clients are asked for a new token at once, and those that don't give one
   *   are disconnected 30 s later; default `false`
   * @returns what was revoked, in the order of `targets`
   */
  revoke(
    targets: RevocationTarget | readonly RevocationTarget[],
    options?: { allowReauthMargin?: boolean | undefined },
  ): SandboxRevocation[];
  /**
   * Treats clients as if their tokens expired now: they are disconnected with 40142, and come back if they can get a
   * new token. Clients that use the key itself have none. Only the connections end: a token that a second client still
   * holds, or one signed anew within the same second, which is the same text, stays good. To see what
   * happens to a token that is kept too long, advance the clock.
   *
   * @param selector - which clients; default: all
   * @returns how many connections it was
   */
  expireNow(selector?: SandboxConnectionSelector): number;
  /**
   * Asks clients for a new token now, as happens 30 s before a token expires. Clients that use the key itself aren't
   * asked.
   *
   * @param selector - which clients; default: all
   * @returns how many connections it was
   */
  promptReauth(selector?: SandboxConnectionSelector): number;
  /**
   * Drops connections abruptly, as a network does. Clients come back at once and resume.
   *
   * @param selector - which; default: all
   * @returns how many connections it was
   */
  drop(selector?: SandboxConnectionSelector): number;
  /**
   * Makes the next request fail: a REST request, a connection attempt, or the new token that a connected client sends
   * in, whichever comes first. Called again, the one after that.
   *
   * @param failure - one of Ably's codes, such as `40142`, or an error in Ably's form; an HTTP status, such as `503`, for
   *   a bare response, as a proxy sends; or `'close'` for no answer at all. Default: `50000`. A connected client's new token
   *   has no HTTP answer: the status 503 is the error 50300 there
   */
  failNext(failure?: SandboxFailure): void;
  /**
   * Makes requests fail by a rule. Of several rules that fit a request, the one that was made first counts.
   *
   * @param rule - which requests, how many of them, and how
   * @returns a function that ends the rule
   * @throws `AblyJwtError` with `OPTION_INVALID` for a rule of another form
   *
   * @example
   * ```ts
   * import { startAblySandbox } from 'ably-jwt/testing';
   *
   * await using sandbox = await startAblySandbox();
   * sandbox.fail({ on: 'renew', clientId: 'bob', times: 2, with: 40142 }); // then it succeeds
   * const end = sandbox.fail({ on: 'request', path: '/channels/*', times: Infinity, with: { delay: '3s' } });
   * end();
   * ```
   */
  fail(rule: SandboxFaultRule): () => void;
  /**
   * Revokes a key, as in Ably's dashboard: its clients are disconnected with 40131 and stop, and neither the key nor its
   * tokens are accepted any more.
   *
   * @param keyName - the key's name, `appId.keyId`
   * @throws `AblyJwtError` with `OPTION_INVALID` if no key of `keys` has that name
   */
  revokeKey(keyName: string): void;
  /** Disables the sandbox's apps: their clients are disconnected with 40300 and stop, and all credentials are refused. */
  disableApp(): void;
  /** Enables the apps again. */
  enableApp(): void;
  /**
   * Limits how many live connections one token may have: one more gets 40151. Those that are live stay.
   *
   * @param limit - a whole number above 0; `Infinity`, the default, for no limit
   * @throws `AblyJwtError` with `OPTION_INVALID` for anything else
   */
  limitConnections(limit: number): void;
  /**
   * Sets the rules for the channels of a namespace, in place of those it had. Channels that are attached stay.
   *
   * @param namespace - the part of a channel's name before its first colon, or the whole name
   * @param rules - the rules
   * @throws `AblyJwtError` with `OPTION_INVALID` for arguments of another form
   */
  setChannelRules(namespace: string, rules: SandboxChannelRules): void;
  /** Ends all connections and stops. Close the clients first, or they try to reconnect. */
  close(): Promise<void>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts an Ably-compatible server in this process, on loopback, to test your auth flow and to run
 * demos without an Ably account. The unmodified `ably` client talks to it, Realtime and Rest, JSON and MessagePack, in Node
 * and in browsers. It checks keys, tokens, client ids and capabilities as Ably does, asks clients to renew 30 s before a
 * token expires, disconnects at expiry, and revokes. It is about authentication and authorisation and not a message
 * broker: a channel keeps its last 1,000 publishes in memory, and nothing is stored.
 *
 * @param options - keys, port and clock
 * @returns the running server
 * @throws `AblyJwtError` with `OPTION_INVALID` or `CAPABILITY_INVALID` for wrong options, or a port that is in use
 *
 * @example
 * ```ts
 * import { createAblyJwt } from 'ably-jwt';
 * import { startAblySandbox } from 'ably-jwt/testing';
 * import * as Ably from 'ably';
 *
 * await using sandbox = await startAblySandbox();
 * const client = new Ably.Realtime({
 *   ...sandbox.clientOptions,
 *   authCallback: (_, callback) => {
 *     createAblyJwt(sandbox.apiKey, { capability: { chat: ['subscribe'] }, clientId: 'alice' }).then(
 *       (jwt) => callback(null, jwt),
 *       (error) => callback(error, null),
 *     );
 *   },
 * });
 * await client.connection.whenState('connected');
 * console.log(sandbox.connections[0]?.clientId); // alice
 * client.close();
 * ```
 */
export async function startAblySandbox(options: AblySandboxOptions = {}): Promise<AblySandbox> {
  const settings = readSandboxOptions(options);
  const context = createContext(settings.clock, settings.provisioning);
  const keys = createKeys(context.apps, settings.keys);
  const apps = [...new Set(keys.map(({ app }) => app))];
  if (settings.onEvent !== undefined) context.events.listen(settings.onEvent);
  const connections = new Connections(context);
  const rest = new Rest(context, connections);
  const realtime = new Realtime(context, connections);
  const select = (selector: SandboxConnectionSelector | undefined, caller: string) =>
    selectConnections(connections, apps, selector, caller);
  const admin = settings.admin ? new Admin(context) : undefined;
  const { port, close } = await listenOnLoopback(
    { port: settings.port, origins: settings.origins },
    (request, response) => void (admin?.takes(request) ? admin : rest).handle(request, response),
    (request, socket, head) => void realtime.upgrade(request, socket, head),
  ).catch((error: unknown) => {
    realtime.close();
    throw error;
  });
  context.address.port = port;
  let closing: Promise<void> | undefined;
  const stop = async () => {
    try {
      finishAll([() => realtime.close(), () => context.timers.clear()]);
    } finally {
      await close();
    }
  };
  const sandbox: AblySandbox = {
    apiKey: keys[0]!.text,
    keys: keys.map(({ text, name, capability, revocableTokens }) => ({
      key: text,
      name,
      capability,
      revocableTokens,
    })),
    url: `http://localhost:${port}`,
    port,
    clientOptions: {
      ...context.address,
      transports: ['web_socket'],
      disableConnectivityCheck: true,
    },
    get connections() {
      return select(undefined, 'connections').map(describeConnection);
    },
    get requests() {
      return context.requests.entries;
    },
    revoke: (targets, revokeOptions) => revoke(context, connections, apps, targets, revokeOptions),
    expireNow: (selector) => expireTokens(select(selector, 'expireNow')),
    promptReauth: (selector) => promptReauth(select(selector, 'promptReauth')),
    drop(selector) {
      const dropped = select(selector, 'drop');
      for (const connection of dropped) connection.drop();
      return dropped.length;
    },
    revokeKey: (keyName) => revokeKey(connections, apps, keyName),
    disableApp: () => setDisabled(connections, apps, true),
    enableApp: () => setDisabled(connections, apps, false),
    limitConnections: (limit) => limitConnections(connections, limit),
    setChannelRules: (namespace, rules) => setChannelRules(apps, namespace, rules),
    fail: (rule) => context.faults.add(readRule(rule)),
    failNext: (failure) => context.faults.addNext(readFailure(failure)),
    close: () => (closing ??= stop()),
    [Symbol.asyncDispose]: () => (closing ??= stop()),
  };
  admin?.open(sandbox);
  return sandbox;
}

/** Creates the apps of the keys; the keys are returned in their order. */
function createKeys(apps: Apps, settings: readonly SandboxKeySettings[]): AppKey[] {
  const created = new Map<string, AppKey[]>();
  for (const { appId } of settings) {
    if (created.has(appId)) continue;
    created.set(appId, [
      ...apps.create(
        appId,
        settings.filter((entry) => entry.appId === appId),
      ).keys,
    ]);
  }
  return settings.map(({ appId }) => created.get(appId)!.shift()!);
}
