import * as Ably from 'ably';
import { type AblyJwtOptions, createAblyJwt } from 'ably-jwt';
import { type AblySandbox, createManualClock, type ManualClock, startAblySandbox } from 'ably-jwt/testing';
import { onTestFinished } from 'vitest';

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
