import type { Capability } from '../../capability/capability.js';
import type { RevocationTarget } from '../../revoke/results.js';
import type { Context } from '../context.js';
import type {
  SandboxChannelRules,
  SandboxConnection,
  SandboxConnectionSelector,
  SandboxRevocation,
} from '../controls.js';
import type { SandboxFailure, SandboxFaultRule } from '../faults.js';
import type { SandboxRequest } from '../request-log.js';
import type { Seen } from './seen.js';

/** The sandbox, as far as the admin interface uses it. */
export interface AdminTarget {
  readonly keys: readonly {
    readonly name: string;
    readonly capability: Capability;
    readonly revocableTokens: boolean;
  }[];
  readonly connections: readonly SandboxConnection[];
  readonly requests: readonly SandboxRequest[];
  revoke(
    targets: readonly RevocationTarget[],
    options: { allowReauthMargin?: boolean | undefined },
  ): SandboxRevocation[];
  expireNow(selector: SandboxConnectionSelector): number;
  promptReauth(selector: SandboxConnectionSelector): number;
  drop(selector: SandboxConnectionSelector): number;
  failNext(failure: SandboxFailure | undefined): void;
  fail(rule: SandboxFaultRule): () => void;
  revokeKey(keyName: string): void;
  disableApp(): void;
  enableApp(): void;
  limitConnections(limit: number): void;
  setChannelRules(namespace: string, rules: SandboxChannelRules): void;
  close(): Promise<void>;
}

/** What the routes of the admin interface share. */
export interface AdminContext {
  readonly context: Context;
  readonly sandbox: AdminTarget;
  readonly seen: Seen;
  /** The rules that can be ended, by their number. */
  readonly rules: Map<number, () => void>;
}
