import type { Capability } from '../capability/capability.js';
import { assertKnownOptions, booleanOption, optionError } from '../errors.js';
import { type RevocationTarget, targetSpecifier } from '../revoke/results.js';
import { namesOf } from '../util/options.js';
import type { App } from './auth/apps.js';
import { parseRevocationTarget } from './auth/revocations.js';
import type { Context } from './context.js';
import { protocolError } from './protocol/errors.js';
import type { Connection } from './realtime/connection.js';
import type { Connections } from './realtime/connections.js';

/** Selects connections: those that fit every given property. Without a selector, all. */
export interface SandboxConnectionSelector {
  /** The connection's client id. */
  clientId?: string | undefined;
  /** The connection's id: in the client, `connection.id`. */
  connectionId?: string | undefined;
  /** The name of the key behind its credentials, `appId.keyId`. */
  keyName?: string | undefined;
}

const selectorNames = namesOf<SandboxConnectionSelector>({
  clientId: true,
  connectionId: true,
  keyName: true,
});

/** The result of {@link AblySandbox.revoke} for one target. */
export interface SandboxRevocation {
  /** The target, as it was given. */
  readonly target: RevocationTarget;
  /** Tokens that were issued before it are revoked. */
  readonly issuedBefore: Date;
  /** When it takes effect. */
  readonly appliesAt: Date;
}

/** A client that is connected to a sandbox now. */
export interface SandboxConnection {
  /** In the client, `connection.id`. */
  readonly connectionId: string;
  /** Absent for an anonymous client; `'*'` for one that may use any identity and has not chosen one. */
  readonly clientId?: string;
  /** The name of the key that it uses, or that its token was made with. */
  readonly keyName: string;
  /** What it may do: the rights of its token within those of the key. */
  readonly capability: Capability;
  /** When its token was issued; absent when it uses the key itself. */
  readonly tokenIssuedAt?: Date;
  /** When its token expires; absent when it uses the key itself. */
  readonly tokenExpiresAt?: Date;
  /** The channels that it is attached to. */
  readonly channels: readonly string[];
  /** `'json'` or `'msgpack'`. */
  readonly format: 'json' | 'msgpack';
  /**
   * Ends the connection for good, as Ably does at maintenance: the client comes back at once, with a new connection id.
   */
  close(): void;
}

/** @internal The connections that are live and fit a selector. */
export function selectConnections(
  connections: Connections,
  apps: readonly App[],
  selector: SandboxConnectionSelector | undefined,
  caller: string,
): Connection[] {
  const wanted = selector ?? {};
  assertKnownOptions(wanted, selectorNames, caller);
  const fits = (wish: unknown, value: unknown) => wish === undefined || wish === value;
  return apps
    .flatMap((app) => connections.of(app))
    .filter(
      (connection) =>
        connection.live &&
        fits(wanted.clientId, connection.clientId) &&
        fits(wanted.connectionId, connection.id) &&
        fits(wanted.keyName, connection.identity.key.name),
    );
}

/** @internal A connection as tests see it. */
export function describeConnection(connection: Connection): SandboxConnection {
  const { id, clientId, identity, attachments, format } = connection;
  const { key, capability, token } = identity;
  return {
    connectionId: id,
    ...(clientId === undefined ? {} : { clientId }),
    keyName: key.name,
    capability,
    ...(token === undefined
      ? {}
      : { tokenIssuedAt: new Date(token.issuedAt), tokenExpiresAt: new Date(token.expiresAt) }),
    channels: attachments.names,
    format: format!,
    close() {
      connection.disconnect(protocolError('CONNECTION_CLOSED').info);
      connection.dispose();
    },
  };
}

/** @internal Ends connections as if their tokens had expired. */
export function expireTokens(connections: readonly Connection[]): number {
  const expiring = connections.filter(({ identity }) => identity.token !== undefined);
  for (const connection of expiring) connection.expire();
  return expiring.length;
}

/** @internal Asks clients for a new token now. */
export function promptReauth(connections: readonly Connection[]): number {
  const prompted = connections.filter(({ identity }) => identity.token !== undefined);
  for (const connection of prompted) connection.prompt();
  return prompted.length;
}

const revokeOptionNames = ['allowReauthMargin'];

/** @internal `revoke()` of a sandbox: for the tokens of all keys, whether REST may revoke them or not. */
export function revoke(
  { clock, revocations }: Context,
  connections: Connections,
  apps: readonly App[],
  targets: RevocationTarget | readonly RevocationTarget[],
  options: { allowReauthMargin?: boolean | undefined } = {},
): SandboxRevocation[] {
  assertKnownOptions(options, revokeOptionNames, 'revoke');
  const withMargin = booleanOption('allowReauthMargin', options.allowReauthMargin);
  const list: readonly RevocationTarget[] = Array.isArray(targets) ? targets : [targets];
  const parsed = list.map((target) => [target, parseRevocationTarget(targetSpecifier(target))!] as const);
  const issuedBefore = clock.now();
  return parsed.map(([target, [kind, value]]) => {
    const made = apps.map((app) => ({
      app,
      revocation: revocations.add(app, kind, value, issuedBefore, withMargin),
    }));
    for (const { app, revocation } of made) connections.enforce(app, revocation);
    return {
      target,
      issuedBefore: new Date(issuedBefore),
      appliesAt: new Date(made[0]!.revocation.appliesAt),
    };
  });
}

/** Rules for the channels of a namespace, as in the settings of an app in Ably's dashboard. */
export interface SandboxChannelRules {
  /**
   * Whether only clients with a `clientId` may attach and publish; others get 40161.
   *
   * @defaultValue `false`
   */
  identified?: boolean | undefined;
  /**
   * Whether history holds messages for longer than two minutes.
   *
   * @defaultValue `true`
   */
  persisted?: boolean | undefined;
  /**
   * Whether messages can be updated, deleted and annotated; otherwise clients get 93002.
   *
   * @defaultValue `true`
   */
  mutableMessages?: boolean | undefined;
}

const channelRuleNames = namesOf<SandboxChannelRules>({
  identified: true,
  persisted: true,
  mutableMessages: true,
});

/** @internal Sets the rules of a namespace in every app. */
export function setChannelRules(apps: readonly App[], namespace: string, rules: SandboxChannelRules): void {
  assertKnownOptions(rules, channelRuleNames, 'setChannelRules');
  if (typeof namespace !== 'string' || !/^[^:[\]]+$/.test(namespace))
    throw optionError('namespace', namespace, "the part of a channel's name before its first colon");
  const { mutableMessages = true, persisted = true, identified } = rules;
  const checked = {
    identified: booleanOption('identified', identified),
    persisted: booleanOption('persisted', persisted),
    mutableMessages: booleanOption('mutableMessages', mutableMessages),
  };
  for (const app of apps) app.namespaces.set(namespace, checked);
}

/** @internal Revokes a key: its connections end, and neither it nor its tokens are accepted any more. */
export function revokeKey(connections: Connections, apps: readonly App[], keyName: string): void {
  const key = apps.flatMap(({ keys }) => keys).find(({ name }) => name === keyName);
  if (key === undefined) throw optionError('keyName', keyName, 'the name of one of the keys');
  key.revoked = true;
  connections.fail(({ identity }) => identity.key === key, protocolError('KEY_REVOKED').info, 'revoked');
}

/** @internal Disables the apps, or enables them again. */
export function setDisabled(connections: Connections, apps: readonly App[], disabled: boolean): void {
  for (const app of apps) app.disabled = disabled;
  if (disabled) connections.fail(({ app }) => app.disabled, protocolError('APP_DISABLED').info);
}

/** @internal Limits the connections of one token. */
export function limitConnections(connections: Connections, limit: number): void {
  if (limit !== Number.POSITIVE_INFINITY && (!Number.isInteger(limit) || limit < 1))
    throw optionError('limit', limit, 'a whole number above 0, or Infinity');
  connections.perToken = limit;
}
