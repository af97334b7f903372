import {
  assertGrantable,
  type Capability,
  canonicalEntries,
  parseCapability,
  stringifyCapability,
} from '../capability/capability.js';
import { AblyJwtError, assertKnownOptions, booleanOption, optionError } from '../errors.js';
import { parseAblyKey } from '../jwt/key.js';
import { namesOf } from '../util/options.js';
import { isOrigin } from '../util/origin.js';
import { createMovableClock } from './admin/clock.js';
import { type AppKeySettings, appIdLength, randomId } from './auth/apps.js';
import { type SandboxClock, systemClock } from './clock.js';
import type { SandboxEventListener } from './events.js';

/** An API key of a sandbox. */
export interface AblySandboxKeyOptions {
  /**
   * The key itself, `appId.keyId:secret`, for a backend that has it in its environment. Any key of the right form will do;
   * a real one isn't needed. Keys with different app ids belong to different apps, which share no channels.
   *
   * @defaultValue a random key of the first key's app
   */
  key?: string | undefined;
  /**
   * What the key may do at most: every token made with it is narrowed to this. An object, or JSON text.
   *
   * @defaultValue `{ '*': ['*'] }`, everything
   */
  capability?: Capability | string | undefined;
  /**
   * Whether the key's tokens can be revoked through Ably's REST API, as `revokeAblyTokens` does. Such tokens may live
   * for one hour at most. The sandbox's own `revoke()` works for all keys.
   *
   * @defaultValue `false`
   */
  revocableTokens?: boolean | undefined;
}

/** How {@link startAblySandbox} sets a sandbox up. */
export interface AblySandboxOptions {
  /**
   * The API keys of the sandbox.
   *
   * @defaultValue one random key that may do everything
   */
  keys?: readonly AblySandboxKeyOptions[] | undefined;
  /**
   * The port on the loopback interface.
   *
   * @defaultValue `0`: a free one
   */
  port?: number | undefined;
  /**
   * The clock for verifying tokens, for the renewal prompt, for expiry and for resuming. Pass one made with
   * {@link createManualClock}, so that a test needn't wait. With `now()` alone, tokens are verified at that time, and
   * timers run in real time.
   *
   * @defaultValue real time
   */
  clock?: SandboxClock | Pick<SandboxClock, 'now'> | undefined;
  /**
   * Whether `POST /apps` makes further apps, which needs no credentials, and `DELETE /apps/:id` removes them: for
   * suites that were written for Ably's test cloud. `connections` and the controls cover the apps of `keys` only.
   *
   * @defaultValue `false`
   */
  provisioning?: boolean | undefined;
  /**
   * Whether the sandbox has an admin interface: JSON below `/admin/`, to watch and control it over HTTP, and a page for
   * your browser at `url`. It answers on loopback only and no page of another origin, but needs no credentials. Without
   * the option `clock`, the clock can then be moved ahead.
   *
   * @defaultValue `false`
   */
  admin?: boolean | undefined;
  /**
   * Further pages that may use the sandbox, by their origin, such as `'https://app.test:3000'`; `'null'` stands for pages
   * without one, such as files. Pages on `localhost`, its subdomains, `127.0.0.1` and `[::1]` may always, as may programs
   * that send no `Origin`. Requests of other pages are refused with 403. The admin interface answers its own page only.
   *
   * @defaultValue `[]`
   */
  origins?: readonly string[] | undefined;
  /**
   * Called for everything that happens to clients and their credentials: connections, renewals, refused tokens with the
   * reason, expiry, revocation, requests. Events come in order, a moment after they happened. What the function throws,
   * or rejects with, is ignored.
   *
   * @defaultValue no events are made
   */
  onEvent?: SandboxEventListener | undefined;
}

/** Options that make an Ably client talk to a sandbox. */
export interface AblySandboxClientOptions {
  /** The host: `localhost`. */
  endpoint: string;
  /** The sandbox's port. */
  port: number;
  /** `false`: a sandbox speaks plain HTTP, on loopback. */
  tls: boolean;
  /** WebSockets only, so that a browser tries nothing else. */
  transports: 'web_socket'[];
  /** `true`: the client asks no host on the internet whether there is an internet. */
  disableConnectivityCheck: boolean;
}

/** @internal The options, checked. */
export interface SandboxSettings {
  readonly keys: readonly SandboxKeySettings[];
  readonly port: number;
  readonly clock: SandboxClock;
  readonly provisioning: boolean;
  readonly admin: boolean;
  readonly origins: readonly string[];
  readonly onEvent: SandboxEventListener | undefined;
}

/** @internal A key's settings, with the app it belongs to. */
export type SandboxKeySettings = AppKeySettings & { readonly appId: string };

const optionNames = namesOf<AblySandboxOptions>({
  keys: true,
  port: true,
  clock: true,
  provisioning: true,
  admin: true,
  origins: true,
  onEvent: true,
});
const keyOptionNames = namesOf<AblySandboxKeyOptions>({ key: true, capability: true, revocableTokens: true });

/** @internal Checks the options of {@link startAblySandbox}. */
export function readSandboxOptions(options: AblySandboxOptions): SandboxSettings {
  assertKnownOptions(options, optionNames, 'startAblySandbox');
  const { keys = [{}], port = 0, onEvent } = options;
  const admin = booleanOption('admin', options.admin);
  const { clock = admin ? createMovableClock() : systemClock } = options;
  if (!Array.isArray(keys) || keys.length === 0)
    throw optionError('keys', keys, 'an array of at least one key');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw optionError('port', port, 'a port number, 0 to 65535', '0, the default, takes a free port.');
  }
  if (onEvent !== undefined && typeof onEvent !== 'function')
    throw optionError('onEvent', onEvent, 'a function');
  return {
    keys: readKeyList(keys),
    port,
    clock: readClock(clock),
    provisioning: booleanOption('provisioning', options.provisioning),
    admin,
    origins: readOrigins(options.origins),
    onEvent,
  };
}

function readOrigins(origins: readonly string[] = []): string[] {
  const isPage = (origin: unknown) => typeof origin === 'string' && (origin === 'null' || isOrigin(origin));
  if (Array.isArray(origins) && origins.every(isPage)) return [...origins];
  throw optionError(
    'origins',
    Array.isArray(origins) ? origins.find((origin) => !isPage(origin)) : origins,
    "a list of origins such as 'https://app.test:3000', without a path or a slash at the end",
  );
}

function readClock(clock: Partial<SandboxClock>): SandboxClock {
  const has = (method: keyof SandboxClock) => typeof clock[method] === 'function';
  if (typeof clock === 'object' && clock !== null && has('now')) {
    if (has('setTimeout') && has('clearTimeout')) return clock as SandboxClock;
    if (clock.setTimeout === undefined && clock.clearTimeout === undefined)
      return { ...systemClock, now: () => (clock as SandboxClock).now() };
  }
  throw optionError(
    'clock',
    clock,
    'an object with now(), and with both setTimeout() and clearTimeout() or neither',
    'Make one with createManualClock().',
  );
}

function readKeyList(keys: readonly AblySandboxKeyOptions[]): SandboxKeySettings[] {
  const settings = keys.map(readKeyOptions);
  const ownAppId = settings[0]!.key?.parsed.appId ?? randomId(appIdLength);
  const names = new Set<string>();
  for (const { key } of settings) {
    if (key === undefined) continue;
    const { name } = key.parsed;
    if (names.has(name)) throw new AblyJwtError('OPTION_INVALID', `"keys" has two keys named "${name}".`);
    names.add(name);
  }
  return settings.map((entry) => ({ ...entry, appId: entry.key?.parsed.appId ?? ownAppId }));
}

function readKeyOptions(options: AblySandboxKeyOptions): AppKeySettings {
  assertKnownOptions(options, keyOptionNames, 'startAblySandbox "keys"');
  const { key, capability } = options;
  return {
    key: key === undefined ? undefined : { text: key, parsed: parseAblyKey(key) },
    capabilityText: capability === undefined ? undefined : keyCapability(capability),
    revocableTokens: booleanOption('revocableTokens', options.revocableTokens),
  };
}

function keyCapability(capability: Capability | string): string {
  if (typeof capability === 'string') return stringifyCapability(parseCapability(capability));
  for (const [resource, granted] of canonicalEntries(capability)) assertGrantable(resource, granted);
  return stringifyCapability(capability);
}
