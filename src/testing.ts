/**
 * An Ably-compatible server in your own process, to test an auth flow without an Ably account.
 *
 * @module testing
 */
export { createManualClock, type ManualClock, type SandboxClock } from './sandbox/clock.js';
export type {
  SandboxChannelRules,
  SandboxConnection,
  SandboxConnectionSelector,
  SandboxRevocation,
} from './sandbox/controls.js';
export type { SandboxEvent, SandboxEventListener, SandboxToken } from './sandbox/events.js';
export type { SandboxFailure, SandboxFaultRule } from './sandbox/faults.js';
export {
  type AblySandbox,
  type AblySandboxKey,
  startAblySandbox,
} from './sandbox/index.js';
export type {
  AblySandboxClientOptions,
  AblySandboxKeyOptions,
  AblySandboxOptions,
} from './sandbox/options.js';
export type { ErrorInfo } from './sandbox/protocol/protocol.js';
export type { SandboxRequest } from './sandbox/request-log.js';
