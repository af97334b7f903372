import * as backend from 'ably-jwt';
import * as testing from 'ably-jwt/testing';
import { expect, onTestFinished, test } from 'vitest';
import { type Call, calls, claimNames, headerNames, jwt, secret } from './support/calls.js';
import { Canaries } from './support/canaries.js';
import { wrongValues } from './support/wrong.js';

// Every argument and every option of every public function is given what holds a secret and doesn't belong there. What is
// thrown, logged or answered must not repeat it.
const wrongs = wrongValues(secret);

/** Calls with each wrong value; keeps what is thrown. Returns how often something was. */
async function attack(canaries: Canaries, list: readonly Call[]): Promise<Record<string, number>> {
  const thrown: Record<string, number> = {};
  for (const [where, call] of list) {
    thrown[where] = 0;
    const attempts = wrongs.map(async (wrong) => {
      try {
        const result = await call(wrong);
        // What is found wrong with a token; any other result is what was asked for, and belongs to the caller.
        if (Array.isArray(result)) canaries.see(where, result);
      } catch (error) {
        canaries.see(where, error);
        thrown[where]! += 1;
      }
    });
    await Promise.all(attempts);
  }
  return thrown;
}

test('the table has every public function', () => {
  const names = [...Object.keys(backend), ...Object.keys(testing)];
  expect(Object.keys(calls).sort()).toEqual(names.sort());
});

/** What answers whatever it is given. */
const neverThrow: Record<string, readonly string[]> = {
  can: ['capability', 'operation', 'channel'],
  explainAblyJwt: [
    ...['jwt', 'forged jwt', ...claimNames.map((name) => `claim ${name}`)],
    ...[...headerNames.map((name) => `header ${name}`), 'keys'],
  ],
  isAblyJwtError: ['error'],
};
const tested = Object.entries(calls).filter(([, list]) => list !== undefined);
test.each(tested)('%s repeats no secret that was put in a wrong place', async (name, list) => {
  const canaries = new Canaries(secret, jwt.slice(jwt.lastIndexOf('.') + 1));
  const thrown = await attack(canaries, list!());
  canaries.expectUnseen();
  // Each place has something that it refuses.
  const lenient = Object.keys(thrown).filter((where) => thrown[where] === 0);
  expect(lenient).toEqual(neverThrow[name] ?? []);
});

test('the controls of a sandbox repeat no secret that was put in a wrong place', async () => {
  const canaries = new Canaries(secret);
  const sandbox = await testing.startAblySandbox();
  onTestFinished(() => sandbox.close());
  const rule = { on: 'request', with: 'close' } as const;
  const controls: Call[] = [
    ...(['fail', 'failNext', 'revoke', 'revokeKey', 'limitConnections', 'expireNow'] as const).map(
      (name): Call => [name, (wrong) => void sandbox[name](wrong as never)],
    ),
    ['promptReauth', (wrong) => sandbox.promptReauth(wrong)],
    ['drop', (wrong) => sandbox.drop(wrong)],
    ['clientId of drop', (wrong) => sandbox.drop({ clientId: wrong })],
    ['setChannelRules', (wrong) => sandbox.setChannelRules(wrong, {})],
    ['rules of setChannelRules', (wrong) => sandbox.setChannelRules('a', wrong)],
    ['a rule of setChannelRules', (wrong) => sandbox.setChannelRules('a', { identified: wrong })],
    ['options of revoke', (wrong) => sandbox.revoke({ clientId: 'a' }, wrong)],
    ['clientId of revoke', (wrong) => void sandbox.revoke({ clientId: wrong })],
    ...['on', 'with', 'path', 'clientId', 'after', 'times'].map(
      (name): Call => [`${name} of fail`, (wrong) => sandbox.fail({ ...rule, [name]: wrong })],
    ),
  ];
  const thrown = await attack(canaries, controls);
  canaries.expectUnseen();
  expect(Object.keys(thrown).filter((where) => thrown[where] === 0)).toEqual([]);
});
