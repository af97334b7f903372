// Mutation testing, part by part:
//
//   npm run test:mutation            all parts
//   npm run test:mutation -- key     those whose name is given
//
// Each part meets only the tests that are about it. With the whole suite one mutant takes ten times as long, and no more
// of them are found.
import { Stryker } from '@stryker-mutator/core';

const parts = {
  key: [
    ['key', 'duration'],
    ['unit/key', 'unit/secrets', 'unit/sign-time', 'property/duration'],
  ],
  capability: [
    ['capability', 'capability-algebra', 'channel-pattern', 'internal/resource'],
    ['unit/capability-*', 'unit/channel-pattern', 'unit/sign-capability', 'property/capability*'],
  ],
  sign: [
    ['claims', 'sign'],
    ['unit/sign-*', 'unit/engines', 'unit/golden', 'unit/secrets'],
  ],
  verify: [
    ['verify', 'judge', 'read-claims', 'token', 'internal/base64url', 'internal/json'],
    ['unit/verify-*', 'unit/pasted', 'unit/decode', 'unit/explain', 'unit/sign-c*', 'unit/capability-text'],
  ],
  endpoint: [
    ['endpoint', 'auth-handler', 'refusal'],
    ['unit/endpoint*', 'unit/auth-handler*'],
  ],
  client: [['auth-callback'], ['client/{answers,contract,request,timing,tokens}']],
};
/** The least share of mutants that a file's tests must find, in percent. */
const least = 90;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0)
  throw new Error(`No part ${unknown.join(', ')}. There are ${Object.keys(parts).join(', ')}.`);

const rows = [];
for (const [name, [sources, tests]] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  // For vitest.stryker.config.ts, which runs in Stryker's own processes.
  process.env.MUTATION_TESTS = tests.map((test) => `test/${test}.test.ts`).join('\n');
  const mutants = await new Stryker({
    mutate: sources.map((source) => `src/${source}.ts`),
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'vitest.stryker.config.ts' },
    reporters: ['clear-text', 'json'],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: false },
    jsonReporter: { fileName: `reports/mutation-${name}.json` },
    allowConsoleColors: false,
    warnings: { slow: false },
    concurrency: 2,
  }).runMutationTest();
  for (const source of sources) rows.push(score(source, mutants));
}

function score(source, mutants) {
  const of = mutants.filter(({ fileName }) => fileName.endsWith(`/src/${source}.ts`));
  const count = (...statuses) => of.filter(({ status }) => statuses.includes(status)).length;
  const [found, missed] = [count('Killed', 'Timeout'), count('Survived', 'NoCoverage')];
  return { file: `src/${source}.ts`, found, missed, score: (100 * found) / (found + missed) };
}

console.table(rows.map((row) => ({ ...row, score: `${row.score.toFixed(1)} %` })));
if (rows.some(({ score }) => score < least)) {
  console.error(`Less than ${least} % in some file.`);
  process.exitCode = 1;
}
