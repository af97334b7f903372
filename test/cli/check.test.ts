import { beforeAll, describe, expect, test } from 'vitest';
import { fileOf, key, type Ran, run, secret, withKey } from './run.js';
import { testServers } from './serve.js';
import defects from './servers/defects.json';
import { type Defect, handWritten } from './servers/node.js';

const serve = testServers();
let alice: string;
let bob: string;

beforeAll(async () => {
  [alice, bob] = await Promise.all([fileOf('sid=one\n'), fileOf('sid=two\n')]);
});

async function examine(url: string): Promise<Ran & { findings: { code: string; severity: string }[] }> {
  const sessions = ['--cookie-file', alice, '--other-cookie-file', bob];
  const ran = await run(['check', url, ...sessions, '--json'], withKey);
  return { ...ran, findings: JSON.parse(ran.stdout) };
}

const codes = (findings: readonly { code: string }[]) => findings.map(({ code }) => code);

test('finds nothing wrong with a hand-written endpoint that is right', async () => {
  const { code, findings } = await examine(await serve(handWritten(key)));
  expect({ code, findings }).toEqual({ code: 0, findings: [] });
});

describe('names the defect of an endpoint with one', () => {
  test.concurrent.each(Object.entries(defects))('%s: %j', async (defect, expected) => {
    const { code, stdout, findings } = await examine(await serve(handWritten(key, defect as Defect)));
    expect(codes(findings)).toEqual(expected);
    expect(code).toBe(findings.some(({ severity }) => severity === 'error') ? 1 : 0);
    expect(stdout).not.toContain(secret);
    expect(stdout).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+|sid=/);
  });
});
