import { revokeAblyTokens } from 'ably-jwt';
import type { AblySandbox } from 'ably-jwt/testing';
import type { Random } from '../../fuzz/support/random.js';
import { type Behavior, behaviors } from './behaviors.js';
import { aborted, banned, type Cause, faults, keyRevoked, otherKey } from './causes.js';
import type { User } from './user.js';

export const minute = 60_000;
export const hour = 60 * minute;
/** How long after the start every client has connected. */
export const arrival = 5 * minute;

/** What plans act on. Times are milliseconds after the start. */
export interface World {
  readonly sandbox: AblySandbox;
  readonly users: readonly User[];
  readonly hours: number;
  /** When the last thing is done. What follows is longer than the longest `Retry-After` that clients honor. */
  readonly calm: number;
  /** Which of the sandbox's keys the endpoint signs with. */
  keyNumber: number;
  /** By how many milliseconds the endpoint's clock is ahead of Ably's. */
  serverOffset: number;
  /** By how many milliseconds the clocks of clients are ahead. */
  wallOffset: number;
  at(time: number, act: () => unknown): void;
  count(name: string): void;
}

/** Plans what will be done to one user, hour by hour. */
export function planUser(world: World, user: User): void {
  const { sandbox, hours, calm } = world;
  const { random } = user;
  const select = { clientId: user.clientId };
  const first = 2 * arrival;
  const inEachHour = (chance: number, act: () => unknown) => {
    for (let n = 0; n < hours; n += 1) {
      const time = n * hour + random.int(hour);
      if (random.chance(chance) && time > first && time < calm) world.at(time, () => user.hasClosed || act());
    }
  };
  const once = (chance: number, act: () => unknown) => {
    const time = first + random.int(Math.max(1, calm - first));
    if (random.chance(chance)) world.at(time, act);
  };
  /** Lets the client ask for a token now, or when its time comes. */
  const hurry = () =>
    random.choose(
      () => sandbox.promptReauth(select),
      () => sandbox.expireNow(select),
      () => 0,
    );
  const behave = (kind: Behavior['kind'], times: readonly number[]) => () => {
    user.plan(random.pick(behaviors.filter((behavior) => behavior.kind === kind)), random.pick(times));
    hurry();
  };
  inEachHour(0.25, behave('temporary', [1, 1, 2, 3, 20]));
  inEachHour(0.15, behave('good', [1]));
  inEachHour(0.04, behave('refused', [1, 2, 5]));
  inEachHour(0.03, behave('final', [1]));
  inEachHour(0.1, () => fail(world, user));
  inEachHour(0.04, () => sandbox.revoke(select, { allowReauthMargin: random.chance(0.5) }));
  inEachHour(0.05, () => sandbox.drop(select));
  inEachHour(0.05, hurry);
  inEachHour(0.2, () => request(world, user));
  inEachHour(0.2, () => publish(world, user));
  once(0.05, () => {
    user.isBanned = true;
    user.mayStop(banned);
    if (random.chance(0.5)) sandbox.revoke(select);
  });
  once(0.02, () => {
    user.hasClosed = true;
    user.client.close();
  });
  once(0.02, () => {
    user.mayStop(aborted);
    user.abort.abort();
  });
}

/** Makes Ably fail for one client, and lets the client meet that. */
function fail(world: World, user: User): void {
  const { sandbox } = world;
  const { rule, stops } = user.random.pick(faults);
  if (stops !== undefined) user.mayStop(stops);
  const { clientId } = user;
  const end = sandbox.fail({ ...rule, clientId, times: user.random.pick([1, 1, 2, 3]) });
  world.at(world.calm, end);
  if (rule.on === 'connect') sandbox.drop({ clientId });
  else if (rule.on === 'renew') sandbox.promptReauth({ clientId });
  else request(world, user);
}

function request(world: World, { client }: User): void {
  const answered = (what: string) => () => world.count(`REST request: ${what}`);
  client.channels.get('room:1').history().then(answered('answered'), answered('refused'));
}

function publish(world: World, { client }: User): void {
  const answered = (what: string) => () => world.count(`publish: ${what}`);
  client.channels.get('room:1').publish('hello', 'world').then(answered('answered'), answered('refused'));
}

/** Plans what will be done to all: their keys, groups of their tokens, clocks. */
export function planWorld(world: World, random: Random): void {
  const { sandbox, users, hours, calm } = world;
  const [first, second] = sandbox.keys;
  const everybody = (cause: Cause) => {
    for (const user of users) user.mayStop(cause);
  };
  // A rotation: the old key is revoked when its last token has expired.
  world.at(0.3 * calm, () => {
    everybody(otherKey);
    world.keyNumber = 1;
  });
  world.at(0.3 * calm + hour + minute, () => {
    everybody(keyRevoked);
    sandbox.revokeKey(first!.name);
  });
  // A leak: the key is revoked at once.
  world.at(0.8 * calm, () => {
    everybody(keyRevoked);
    world.keyNumber = 2;
    sandbox.revokeKey(second!.name);
  });

  for (let half = 0; half < 2 * hours; half += 1) {
    const time = (half * hour) / 2 + random.int(hour / 2);
    if (time < calm) world.at(time, () => revokeGroup(world, random));
  }

  const jump = (clock: 'wallOffset' | 'serverOffset', from: number, until: number, by: number) => {
    world.at(from, () => {
      world[clock] = by;
    });
    world.at(until, () => {
      world[clock] = 0;
    });
  };
  // ably-js (seen in 2.28) measures the time between two reconnections by the clock on the wall. When that is set back,
  // a client that is disconnected afterwards waits as much longer: of a short run, it would not see the end.
  const setBack = Math.min(hour, 0.1 * calm);
  jump('wallOffset', 0.15 * calm, 0.25 * calm, setBack);
  jump('wallOffset', 0.5 * calm, 0.6 * calm, -setBack);
  jump('serverOffset', 0.4 * calm, 0.4 * calm + 5 * minute, hour);
  jump('serverOffset', 0.7 * calm, 0.7 * calm + 5 * minute, -hour);

  world.at(calm, () => {
    for (const user of users) user.plan(undefined);
  });
}

/** Revokes the tokens of a group, through Ably's REST API or by the sandbox's control. */
async function revokeGroup(world: World, random: Random): Promise<void> {
  const { sandbox } = world;
  const target = { revocationKey: `group-${random.int(20)}` };
  const allowReauthMargin = random.chance(0.5);
  if (random.chance(0.5)) sandbox.revoke(target, { allowReauthMargin });
  else {
    const { key } = sandbox.keys[world.keyNumber]!;
    const endpoint = `http://127.0.0.1:${sandbox.port}`;
    await revokeAblyTokens(key, { targets: [target], allowReauthMargin }, { endpoint });
  }
  world.count('revocations of a group');
}
