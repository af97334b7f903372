import { Apps } from './auth/apps.js';
import { Authenticator } from './auth/authenticator.js';
import { RevocationList } from './auth/revocations.js';
import { Nonces } from './auth/token-requests.js';
import { Channels } from './channel/channels.js';
import { type SandboxClock, TimerSet } from './clock.js';
import { EventLog } from './events.js';
import { Faults } from './faults.js';
import { RequestLog } from './request-log.js';

/** What realtime and REST share. */
export interface Context {
  readonly clock: SandboxClock;
  readonly apps: Apps;
  readonly channels: Channels;
  readonly revocations: RevocationList;
  readonly authenticator: Authenticator;
  readonly requests: RequestLog;
  readonly events: EventLog;
  readonly faults: Faults;
  readonly nonces: Nonces;
  /** Timers that belong to no connection. */
  readonly timers: TimerSet;
  /** Where the server listens, as options of an Ably client. */
  readonly address: { endpoint: string; port: number; tls: boolean };
  /** Whether `POST /apps` creates apps. */
  readonly provisioning: boolean;
}

export function createContext(clock: SandboxClock, provisioning: boolean): Context {
  const apps = new Apps();
  const revocations = new RevocationList(clock);
  const timers = new TimerSet(clock);
  return {
    clock,
    apps,
    channels: new Channels(clock),
    revocations,
    authenticator: new Authenticator(apps, clock, revocations),
    requests: new RequestLog(clock),
    events: new EventLog(clock, apps),
    faults: new Faults(timers),
    nonces: new Nonces(),
    timers,
    provisioning,
    address: { endpoint: 'localhost', port: 0, tls: false },
  };
}
