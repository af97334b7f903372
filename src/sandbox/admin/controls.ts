import { can, canonicalEntries, parseCapability } from '../../capability/capability.js';
import { isAcceptedOperation, type Operation, suggestOperation } from '../../capability/operation.js';
import { assertKnownOptions, optionError } from '../../errors.js';
import { durationSeconds } from '../../jwt/duration.js';
import { setBounded } from '../../util/maps.js';
import type { SandboxChannelRules, SandboxConnectionSelector } from '../controls.js';
import type { SandboxFailure, SandboxFaultRule } from '../faults.js';
import { protocolError, toErrorInfo } from '../protocol/errors.js';
import { isMovable } from './clock.js';
import { claimedRights } from './rights.js';
import type { AdminContext } from './types.js';
import { clockView } from './views.js';

type Body = Readonly<Record<string, unknown>>;

/** How many rules can be ended by their number. */
const keptRules = 1_000;
/** How far the clock moves at once, in seconds: a year. */
const longestAdvance = 366 * 86_400;

/** A control: the names that its body may hold, and what it does. Without `names`, what it calls checks them. */
interface Control {
  readonly names?: readonly string[];
  readonly run: (admin: AdminContext, body: Body) => unknown;
}

/** A control with a body of its own. */
const control = (names: readonly string[], run: Control['run']): Control => ({ names, run });

/** What can be done, by path. What returns nothing is answered with 204. */
const controls: Readonly<Record<string, Control>> = {
  revoke: control(['targets', 'allowReauthMargin'], ({ sandbox }, { targets, allowReauthMargin }) => {
    if (!Array.isArray(targets) || targets.length === 0)
      throw optionError('targets', targets, "a list of targets such as { clientId: 'bob' }");
    return {
      revocations: sandbox.revoke(targets, { allowReauthMargin: allowReauthMargin as boolean | undefined }),
    };
  }),
  expire: selecting(({ sandbox }, selector) => sandbox.expireNow(selector)),
  prompt: selecting(({ sandbox }, selector) => sandbox.promptReauth(selector)),
  drop: selecting(({ sandbox }, selector) => sandbox.drop(selector)),
  close: control(['connectionId'], ({ sandbox }, { connectionId }) => {
    const found = sandbox.connections.find((connection) => connection.connectionId === connectionId);
    if (found === undefined) throw optionError('connectionId', connectionId, 'the id of a live connection');
    found.close();
  }),
  'fail-next': control(['failure'], ({ sandbox }, { failure }) =>
    sandbox.failNext(failure as SandboxFailure | undefined),
  ),
  fail: {
    run({ sandbox, rules }, { times, ...rule }) {
      const end = sandbox.fail({ ...rule, times: withInfinity(times) } as unknown as SandboxFaultRule);
      const number = Math.max(0, ...rules.keys()) + 1;
      setBounded(rules, number, end, keptRules);
      return { rule: number };
    },
  },
  'fail/end': control(['rule'], ({ rules }, { rule }) => {
    const end = rules.get(rule as number);
    if (end === undefined) throw optionError('rule', rule, 'the number of a rule, as /admin/fail gives it');
    end();
    rules.delete(rule as number);
  }),
  'revoke-key': control(['keyName'], ({ sandbox }, { keyName }) => sandbox.revokeKey(keyName as string)),
  'disable-app': control([], ({ sandbox }) => sandbox.disableApp()),
  'enable-app': control([], ({ sandbox }) => sandbox.enableApp()),
  'limit-connections': control(['limit'], ({ sandbox }, { limit }) =>
    sandbox.limitConnections(withInfinity(limit) as number),
  ),
  'channel-rules': {
    run: ({ sandbox }, { namespace, ...rules }) =>
      sandbox.setChannelRules(namespace as string, rules as SandboxChannelRules),
  },
  clock: control(['advance'], (admin, { advance }) => {
    const { clock } = admin.context;
    const seconds = durationSeconds('advance', advance);
    if (seconds > longestAdvance) throw optionError('advance', advance, 'a duration of 366 days at most');
    if (!isMovable(clock))
      throw protocolError(
        'BAD_REQUEST',
        'The clock can\'t be moved: the option "clock" was an object without advance(). Leave it out, or make it with createManualClock().',
      );
    clock.advance(1000 * seconds);
    return clockView(admin);
  }),
  explain: control(['token'], async ({ context }, { token }) => {
    if (typeof token !== 'string') throw optionError('token', token, 'the text of a token');
    const described = await context.events.describe(token);
    try {
      const {
        key,
        clientId,
        capability,
        token: accepted,
      } = await context.authenticator.authenticate({ token }, 'rest');
      return {
        ...described,
        verdict: 'accepted',
        clientId,
        keyName: key.name,
        capability,
        expiresAt: new Date(accepted!.expiresAt),
      };
    } catch (thrown) {
      return {
        ...described,
        ...claimedRights(described.token),
        verdict: 'refused',
        error: toErrorInfo(thrown),
      };
    }
  }),
  can: control(['capability', 'operation', 'channel'], (_, { capability, operation, channel }) => {
    const granted =
      typeof capability === 'string'
        ? parseCapability(capability)
        : Object.fromEntries(canonicalEntries(capability).map(([name, list]) => [name, [...list]]));
    if (typeof operation !== 'string' || !isAcceptedOperation(operation)) {
      const suggestion = typeof operation === 'string' ? suggestOperation(operation).trim() : undefined;
      throw optionError('operation', operation, 'one of Ably\'s operations, such as "subscribe"', suggestion);
    }
    if (typeof channel !== 'string' || channel === '')
      throw optionError('channel', channel, "a channel's name");
    return { allowed: can(granted as Parameters<typeof can>[0], operation as Operation, channel) };
  }),
  // It is the answer alone: the sandbox ends when that has gone.
  stop: control([], () => ({})),
};

/** The names of the controls, for messages. */
export const controlNames: readonly string[] = Object.keys(controls);

/** Whether there is a control of that name. */
export function isControl(name: string): boolean {
  return Object.hasOwn(controls, name);
}

/**
 * Runs a control.
 *
 * @throws {@link AblyJwtError} for a body of another form
 */
export async function runControl(admin: AdminContext, name: string, body: unknown = {}): Promise<unknown> {
  const { names, run } = controls[name]!;
  assertKnownOptions(body, names ?? Object.keys(Object(body)), `/admin/${name}`);
  return run(admin, body as Body);
}

/** A control whose body selects connections. It answers how many it was. */
function selecting(run: (admin: AdminContext, selector: SandboxConnectionSelector) => number): Control {
  return { run: (admin, body) => ({ connections: run(admin, body) }) };
}

/** JSON has no Infinity: the word stands for it. */
function withInfinity(value: unknown): unknown {
  return value === 'Infinity' ? Number.POSITIVE_INFINITY : value;
}
