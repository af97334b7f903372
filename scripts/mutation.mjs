// Mutation testing, part by part:
//
//   npm run test:mutation            all parts
//   npm run test:mutation -- key     those whose name is given
//
// MUTATION_CONCURRENCY says how many mutants are tried at once (2 unless set). What a run found stands in
// reports/mutation-<part>.incremental.json: the next one tries only mutants of code that has changed since, and those that
// new tests may find. Delete that file to try them all.
//
// Each part meets only the tests that are about it. With the whole suite one mutant takes ten times as long, and no more
// of them are found.
import { relative } from 'node:path';
import { Stryker } from '@stryker-mutator/core';

const parts = {
  key: [
    ['jwt/key', 'jwt/duration'],
    [
      ...[
        'jwt/key',
        'jwt/secrets',
        'jwt/sign-{time,limits,identity}',
        'jwt/verify-{claims,form,keys,order,time}',
      ],
      ...['jwt/warnings', 'jwt/duration.property'],
    ],
  ],
  capability: [
    ['capability/*'],
    ['capability/*', 'jwt/sign-capability', 'sandbox/claims', 'sandbox/unsupported'],
  ],
  sign: [
    ['jwt/encode', 'jwt/claims', 'jwt/sign', 'jwt/jws'],
    [
      ...['jwt/sign-*', 'jwt/verify-claims', 'jwt/verify-order', 'jwt/decode', 'jwt/embed'],
      ...['jwt/engines', 'jwt/golden', 'jwt/secrets', 'jwt/stack'],
    ],
  ],
  verify: [
    [
      ...[
        'jwt/verify',
        'jwt/checks',
        'jwt/lifetime',
        'jwt/decode',
        'jwt/compact',
        'jwt/embedded',
        'jwt/pasted',
      ],
      ...['util/base64url', 'util/json'],
    ],
    [
      ...['jwt/verify-*', 'jwt/pasted', 'jwt/decode', 'jwt/embed', 'jwt/engines', 'jwt/explain'],
      ...['jwt/stack', 'jwt/sign-*', 'capability/text'],
    ],
  ],
  endpoint: [
    [
      'endpoint/endpoint',
      'endpoint/http',
      'endpoint/handler',
      'endpoint/listener',
      'endpoint/cors',
      'endpoint/deny',
      'endpoint/response',
    ],
    ['endpoint/*'],
  ],
  client: [['client/*'], ['client/{answers,contract,request,timing,tokens}']],
  explain: [
    ['jwt/explain', 'jwt/warnings', 'jwt/embed'],
    ['jwt/explain', 'jwt/warnings', 'jwt/embed', 'jwt/pasted', 'jwt/secrets'],
  ],
  revoke: [['revoke/*'], ['revoke/*']],
  sandbox: [
    ['sandbox/auth/*'],
    [
      'sandbox/{jwt,embedded,credentials,client-id,client-type,token-requests,revocation,reauth}',
      'sandbox/{provisioning,capabilities,keys,app-state,http,faults}',
    ],
  ],
};
// Mutants that no test can find, since they change nothing that can be seen. They count as missed.
//
// (anywhere)           `true` in a record that is given to namesOf: it reads the names.
// (anywhere)           an empty `catch` where it returned undefined.
// capability/algebra   without `operations.length === 0`: only slower. `<=` between resources: no two are the same.
// capability/capability  lists of operations long or short: both ways sort them. insertSorted up to or beyond place 0:
//                      nothing stands there. `i >= place`: that place is written last.
// capability/resource  `end <= 0`: a `]` never stands first. `<` and `>` in intersectResources: of two of one length either
//                      may count as the short one, and the last segment of a short one is `*`. A name that is undefined
//                      throws, and `can` catches it.
// client/wait          `asked >= 0`: a wait of 0 ms. Another text that is no date.
// endpoint/deny        another name for the symbol: all copies of a version share it.
// endpoint/endpoint    isPromise always true: waits for what is there already.
// jwt/checks, sign, verify  isSigned true without a key of that name: nobody asks. Waiting for what is there already.
// jwt/claims           without the literals made beforehand: only slower. checkCapability: parseEntries throws nothing else.
// jwt/jws              without what is kept of a key: only slower. `i <= a.length`: NaN ^ NaN is 0.
// jwt/duration         formatSeconds without `seconds >= size`: no lifetime is 0 seconds long where it is shown.
// jwt/embed            `exp` of undefined: JSON leaves it out. `key === null`: no option is. A comparison with an expiry that
//                      is undefined. A secret that is no text is no API key.
// jwt/explain          each error has a code of Ably's. What is no text has no compact form.
// jwt/warnings         a kid, iat or exp of another type has an error, and no warning's condition.
// jwt/embedded         the text of what is no text; the name of a JWE's header, whose errors are dropped; unwrapping a token
//                      without errors: only slower.
// jwt/key              toAblyKey without its first or second line, or without keeping the last key: only slower.
// jwt/key              pieces split at one separator instead of several: empty pieces are dropped afterwards.
// jwt/key              a text of one piece that is a whole key never comes so far: the case before it has found it.
// jwt/key              `[]` in place of a match of no colon: more than one colon is asked for.
// jwt/lifetime         `>=` in millisecondsHint: whether a hint is given at the very hundredfold of the time.
// jwt/pasted           one space after Bearer: the rest is trimmed.
// revoke/results       a list that begins with a text where there is no entry: no target is called so.
// revoke/revoke        `age <= 0`: an age of 0 was accepted before.
// sandbox/auth/authenticator  a kid of another type: no key has such a name. claimedClientId without `?.`: its caller takes
//                      any error for no client id.
// sandbox/auth/credentials  without `token === undefined`: reading none throws, and the catch gives undefined too.
// sandbox/auth/revocations  a list that begins with a text: it is no revocation. `<=` between seconds, or between moments:
//                      those two are never the same.
// util/json            what an escape is replaced by has no quotes. plainText of one character: only slower.
/** The least share of mutants that the tests of a part must find, in percent. */
const least = 95;

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
    reporters: ['progress-append-only', 'clear-text', 'json'],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: false },
    jsonReporter: { fileName: `reports/mutation-${name}.json` },
    allowConsoleColors: false,
    warnings: {
      slow: false,
      unknownOptions: true,
      preprocessorErrors: true,
      unserializableOptions: true,
    },
    incremental: true,
    incrementalFile: `reports/mutation-${name}.incremental.json`,
    concurrency: Number(process.env.MUTATION_CONCURRENCY ?? 2),
  }).runMutationTest();
  for (const [file, ofFile] of byFile(mutants)) rows.push(row(file, ofFile));
  const whole = row(`part ${name}`, mutants);
  rows.push(whole);
  if (whole.found < (least / 100) * (whole.found + whole.missed)) process.exitCode = 1;
}

function byFile(mutants) {
  const files = new Map();
  for (const mutant of mutants) {
    const file = relative(process.cwd(), mutant.fileName);
    files.set(file, [...(files.get(file) ?? []), mutant]);
  }
  return files;
}

function row(what, mutants) {
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const [found, missed] = [count('Killed', 'Timeout'), count('Survived', 'NoCoverage')];
  return { what, found, missed, score: `${((100 * found) / (found + missed)).toFixed(1)} %` };
}

console.table(rows);
if (process.exitCode === 1) console.error(`Less than ${least} % in some part.`);
