import { type App, Apps } from './auth/apps.js';
import { Authenticator } from './auth/authenticator.js';
import { RevocationList } from './auth/revocations.js';
import { Nonces } from './auth/token-requests.js';
import type { SandboxClock } from './clock.js';
import { FailureQueue } from './faults.js';
import type { AblySandboxClientOptions } from './options.js';
import type { Connection } from './realtime/connection.js';
import { RequestLog } from './request-log.js';
import { TimerSet } from './timers.js';

/** Everything that the parts of a server share. */
export interface World {
  readonly clock: SandboxClock;
  readonly apps: Apps;
  readonly revocations: RevocationList;
  readonly authenticator: Authenticator;
  readonly requests: RequestLog;
  readonly failures: FailureQueue;
  readonly nonces: Nonces;
  /** What is to happen later, and belongs to no connection. */
  readonly timers: TimerSet;
  /** Where the server listens, as options of an Ably client. */
  address: Pick<AblySandboxClientOptions, 'endpoint' | 'port' | 'tls'>;
  /** Whether anybody may make apps with `POST /apps`. */
  readonly provisioning: boolean;
}

export function createWorld(clock: SandboxClock, provisioning: boolean): World {
  const apps = new Apps();
  const revocations = new RevocationList(clock);
  return {
    clock,
    apps,
    revocations,
    authenticator: new Authenticator(apps, clock, revocations),
    requests: new RequestLog(clock),
    failures: new FailureQueue(),
    nonces: new Nonces(),
    timers: new TimerSet(clock),
    provisioning,
    address: { endpoint: 'localhost', port: 0, tls: false },
  };
}

/** Every connection that is live, or can still be resumed. */
export function* allConnections(world: World, only?: App): Generator<Connection> {
  for (const app of world.apps) if (only === undefined || only === app) yield* [...app.connections.values()];
}
