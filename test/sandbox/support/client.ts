import * as Ably from 'ably';
import { type AblyJwtOptions, createAblyJwt } from 'ably-jwt';
import { type AblySandbox, createManualClock, type ManualClock, startAblySandbox } from 'ably-jwt/testing';
import { onTestFinished } from 'vitest';
import { rawJwt } from '../../support/tokens.js';

/** The two formats that the real client speaks in Node. */
export const formats = ['json', 'msgpack'] as const;
export type TestFormat = (typeof formats)[number];

/** A sandbox that ends with the test, on a clock of the test's own. */
export async function startSandbox(
  options: Parameters<typeof startAblySandbox>[0] = {},
): Promise<{ sandbox: AblySandbox; clock: ManualClock }> {
  const clock = createManualClock();
  const sandbox = await startAblySandbox({ clock, ...options });
  onTestFinished(() => sandbox.close());
  return { sandbox, clock };
}

/** A realtime client that ends with the test. */
export function realtime(
  sandbox: AblySandbox,
  options: Ably.ClientOptions,
  format: TestFormat = 'json',
): Ably.Realtime {
  const client = new Ably.Realtime({
    ...sandbox.clientOptions,
    useBinaryProtocol: format === 'msgpack',
    disconnectedRetryTimeout: 20,
    logLevel: 0,
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

/** A REST client. */
export function rest(
  sandbox: AblySandbox,
  options: Ably.ClientOptions,
  format: TestFormat = 'json',
): Ably.Rest {
  return new Ably.Rest({
    ...sandbox.clientOptions,
    useBinaryProtocol: format === 'msgpack',
    logLevel: 0,
    ...options,
  });
}

/** An authCallback that signs a token by the sandbox's clock each time; counts how often it was asked. */
export function signer(
  sandbox: AblySandbox,
  clock: ManualClock,
  options: AblyJwtOptions | ((call: number) => AblyJwtOptions),
): { authCallback: NonNullable<Ably.ClientOptions['authCallback']>; calls: number } {
  const self = {
    calls: 0,
    authCallback: (_: Ably.TokenParams, callback: (error: string | null, token: string | null) => void) => {
      const call = ++self.calls;
      const tokenOptions = typeof options === 'function' ? options(call) : options;
      createAblyJwt(sandbox.apiKey, { issuedAt: new Date(clock.now()), ...tokenOptions }).then(
        (jwt) => callback(null, jwt),
        (error: Error) => callback(error.message, null),
      );
    },
  };
  return self as never;
}

/** The change by which the connection next comes into a state; or it is in it already. */
export function reaches(
  client: Ably.Realtime,
  state: Ably.ConnectionState,
): Promise<Ably.ConnectionStateChange | null> {
  return client.connection.whenState(state);
}

/** The next event of a connection. */
export function nextEvent(
  client: Ably.Realtime,
  event: Ably.ConnectionEvent,
): Promise<Ably.ConnectionStateChange> {
  return client.connection.once(event);
}

/** Where the attempt to connect ends: the state after `connecting`, its error code, and what a person reads. */
export async function attempt(
  client: Ably.Realtime,
): Promise<{ state: Ably.ConnectionState; code?: number; statusCode?: number; message?: string }> {
  const change = await new Promise<Ably.ConnectionStateChange>((resolve) => {
    client.connection.on(['connected', 'failed', 'disconnected', 'suspended'], resolve);
  });
  const { reason } = change;
  if (reason === undefined) return { state: change.current };
  return { state: change.current, code: reason.code, statusCode: reason.statusCode, message: reason.message };
}

/** The error that a promise rejects with, as far as Ably's clients tell it. */
export async function refusal(promise: Promise<unknown>): Promise<Ably.ErrorInfo> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: Ably.ErrorInfo) => error,
  );
  if ('value' in outcome) throw new Error(`expected a rejection, got ${JSON.stringify(outcome.value)}`);
  return outcome;
}

/** An authCallback that hands out tokens: the same each time, or what a function makes. */
export function hands(
  token: string | (() => string | Promise<string>),
): NonNullable<Ably.ClientOptions['authCallback']> {
  return (_, callback) => {
    Promise.resolve(typeof token === 'function' ? token() : token).then(
      (text) => callback(null, text),
      (error: Error) => callback(error.message, null),
    );
  };
}

/** A JWT of a sandbox's key, made by hand: for faults that `createAblyJwt` would refuse to make. */
export function handmade(
  sandbox: AblySandbox,
  clock: ManualClock,
  parts: { header?: object; claims?: object; secret?: string } = {},
): string {
  const iat = Math.floor(clock.now() / 1000);
  return rawJwt({
    header: { alg: 'HS256', typ: 'JWT', kid: sandbox.keys[0]!.name, ...parts.header },
    payload: { iat, exp: iat + 3600, ...parts.claims },
    secret: parts.secret ?? sandbox.apiKey.split(':')[1]!,
  });
}
