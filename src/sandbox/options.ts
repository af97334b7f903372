import {
  assertGrantable,
  type Capability,
  canonicalEntries,
  parseCapability,
  stringifyCapability,
} from '../capability/capability.js';
import { assertKnownOptions, booleanOption, optionError } from '../errors.js';
import { namesOf } from '../util/options.js';
import type { AppKeySettings } from './auth/apps.js';
import { type SandboxClock, systemClock } from './clock.js';

/** An API key for a sandbox to have. */
export interface AblySandboxKeyOptions {
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
   * The API keys of the sandbox's app; their names and secrets are made up anew each time.
   *
   * @defaultValue one key that may do everything
   */
  keys?: readonly AblySandboxKeyOptions[] | undefined;
  /**
   * The port on the loopback interface.
   *
   * @defaultValue `0`: a free one
   */
  port?: number | undefined;
  /**
   * The time that tokens are judged by, and that the renewal prompt, expiry and resuming go by: one made with
   * {@link createManualClock}, so that a test needn't wait. With `now()` alone, tokens are judged by that time, and
   * timers run in real time.
   *
   * @defaultValue real time
   */
  clock?: SandboxClock | Pick<SandboxClock, 'now'> | undefined;
  /**
   * Whether `POST /apps` makes further apps, which needs no credentials, and `DELETE /apps/:id` removes them: for
   * suites that were written for Ably's test cloud. `connections` and the controls are about the sandbox's own app.
   *
   * @defaultValue `false`
   */
  provisioning?: boolean | undefined;
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
  readonly keys: readonly AppKeySettings[];
  readonly port: number;
  readonly clock: SandboxClock;
  readonly provisioning: boolean;
}

const optionNames = namesOf<AblySandboxOptions>({
  keys: true,
  port: true,
  clock: true,
  provisioning: true,
});
const keyOptionNames = namesOf<AblySandboxKeyOptions>({ capability: true, revocableTokens: true });

/** @internal Checks the options of {@link startAblySandbox}. */
export function readOptions(options: AblySandboxOptions): SandboxSettings {
  assertKnownOptions(options, optionNames, 'startAblySandbox');
  const { keys = [{}], port = 0, clock = systemClock } = options;
  if (!Array.isArray(keys) || keys.length === 0)
    throw optionError('keys', keys, 'an array of at least one key');
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw optionError('port', port, 'a port number, 0 to 65535', '0, the default, takes a free port.');
  }
  return {
    keys: keys.map(readKey),
    port,
    clock: readClock(clock),
    provisioning: booleanOption('provisioning', options.provisioning),
  };
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

function readKey(options: AblySandboxKeyOptions): AppKeySettings {
  assertKnownOptions(options, keyOptionNames, 'startAblySandbox "keys"');
  const { capability } = options;
  return {
    capabilityText: capability === undefined ? undefined : keyCapability(capability),
    revocableTokens: booleanOption('revocableTokens', options.revocableTokens),
  };
}

function keyCapability(capability: Capability | string): string {
  if (typeof capability === 'string') return stringifyCapability(parseCapability(capability));
  for (const [resource, granted] of canonicalEntries(capability)) assertGrantable(resource, granted);
  return stringifyCapability(capability);
}
