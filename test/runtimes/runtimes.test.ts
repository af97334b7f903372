import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EdgeVM } from '@edge-runtime/vm';
import { createAuthEndpoint } from 'ably-jwt';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installed, output, packed } from '../package/packed.js';
import { launchChromium } from '../support/chromium.js';
import * as client from './client-suite.js';
import type { Report } from './harness.js';
import * as suite from './suite.js';

const here = fileURLToPath(new URL('.', import.meta.url));
/** The platform that all of the binaries are for. Elsewhere the tests run what is there: this Node, edge, a browser. */
const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64';

/** A folder inside a project that has installed the tarball. */
let folder: string;

beforeAll(async () => {
  const [{ project }] = await Promise.all([packed(), isLinuxX64 ? installed('test/runtimes') : undefined]);
  folder = await mkdtemp(join(project, 'runtimes-'));
  const print = `run().then((report) => console.log(JSON.stringify(report)));`;
  await bundle('suite.mjs', `import { run } from './suite.js'; ${print}`, 'esm');
  await bundle('suite.cjs', `import { run } from './suite.js'; ${print}`, 'cjs');
  await bundle('worker-source.mjs', `export { run } from './suite.js';`, 'esm');
  await bundle('client-source.mjs', `export { run } from './client-suite.js';`, 'esm');
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The suite as plain JavaScript that imports the package by its name. */
async function bundle(outfile: string, contents: string, format: 'esm' | 'cjs') {
  await build({
    stdin: { contents, resolveDir: here },
    bundle: true,
    format,
    target: 'es2022',
    external: ['ably-jwt'],
    // The repository's tsconfig.json would lead `ably-jwt` to the sources.
    tsconfigRaw: '{}',
    outfile: join(folder, outfile),
  });
}

/** One file with the installed package in it, the way a bundler for this kind of place makes it. */
async function bundleWithPackage(source: string, format: 'esm' | 'iife', conditions: string[]) {
  const { outputFiles, warnings } = await build({
    entryPoints: [join(folder, source)],
    bundle: true,
    format,
    ...(format === 'iife' ? { globalName: 'suite' } : {}),
    platform: 'browser',
    conditions,
    target: 'es2022',
    write: false as const,
  });
  expect(warnings).toEqual([]);
  return outputFiles![0]!.text;
}

function binary(path: string): string {
  const file = join(here, 'node_modules', path);
  if (!existsSync(file)) throw new Error(`${file} is missing, although this is the platform that it is for.`);
  return file;
}

/** The report among what a runtime printed. */
function readReport(printed: string): Report {
  const line = printed.split('\n').find((text) => text.startsWith('{"runtime"'));
  if (line === undefined) throw new Error(`No report:\n${printed}`);
  return JSON.parse(line);
}

function expectAllPassed(report: Report, names: readonly string[]) {
  expect(report.failed).toEqual([]);
  expect(report.passed).toEqual(names);
}

const nodes = isLinuxX64 ? [22, 24, 26] : [];
const commandLines: [name: string, runtime: RegExp, command: () => [program: string, ...args: string[]]][] = [
  [`Node ${process.versions.node} of this run`, /^node \d+/, () => [process.execPath]],
  ...nodes.map((major): (typeof commandLines)[number] => [
    `Node ${major}`,
    new RegExp(`^node ${major}\\.`),
    () => [binary(`node${major}/bin/node`)],
  ]),
];
if (isLinuxX64) {
  commandLines.push(
    ['Bun', /^bun 1\.\d+/, () => [binary('@oven/bun-linux-x64/bin/bun')]],
    [
      'Deno',
      /^deno 2\.\d+/,
      () => [binary('@deno/linux-x64-glibc/deno'), 'run', '--no-prompt', '--cached-only'],
    ],
  );
} else {
  console.log(
    `Node 22 to 26, Bun, Deno and workerd are tested on linux-x64 only, not on ${process.platform}-${process.arch}.`,
  );
}

describe.each(commandLines)('%s', (_, runtime, command) => {
  test.each(['mjs', 'cjs'])('passes the suite as .%s', async (extension) => {
    const [program, ...args] = command();
    const report = readReport(await output(program, [...args, `suite.${extension}`], folder));
    expect(report.runtime).toMatch(runtime);
    expect(report.nodeCrypto).toBe(true);
    expectAllPassed(report, suite.names);
  });
});

describe.each(commandLines.filter(([name]) => name.startsWith('Node ')))('%s', (_name, _runtime, command) => {
  test.each([
    ['mjs', `import { startAblySandbox } from 'ably-jwt/testing';`],
    ['cjs', `const { startAblySandbox } = require('ably-jwt/testing');`],
  ])('starts the sandbox as .%s, with nothing else installed', async (extension, load) => {
    const script = `sandbox.${extension}`;
    await writeFile(
      join(folder, script),
      `${load}
startAblySandbox().then(async (sandbox) => {
  const socket = new WebSocket(sandbox.url.replace('http', 'ws') + '/?v=6&format=msgpack&key=' + sandbox.apiKey);
  socket.binaryType = 'arraybuffer';
  const { data } = await new Promise((resolve) => (socket.onmessage = resolve));
  console.log(data instanceof ArrayBuffer, sandbox.connections.length);
  await sandbox.close();
});`,
    );
    const [program, ...args] = command();
    // Node 20 has the client of WebSockets behind a flag.
    const printed = await output(program, ['--experimental-websocket', ...args, script], folder);
    expect(printed.trim()).toBe('true 1');
  });
});

describe.runIf(isLinuxX64)('workerd', () => {
  test.each([
    { date: '2023-01-01', flags: [], nodeCrypto: false },
    { date: '2024-10-01', flags: ['nodejs_compat'], nodeCrypto: true },
    { date: '2026-11-17', flags: [], nodeCrypto: true },
  ])('of $date with flags $flags passes the suite', async ({ date, flags, nodeCrypto }) => {
    const script = await bundleWithPackage('worker-source.mjs', 'esm', ['workerd', 'worker']);
    const name = `worker-${date}`;
    await writeFile(
      join(folder, `${name}.js`),
      `${script}\nexport default { async test() { console.log(JSON.stringify(await run())); } };\n`,
    );
    await writeFile(
      join(folder, `${name}.capnp`),
      `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  modules = [(name = "worker", esModule = embed "${name}.js")],
  compatibilityDate = "${date}", compatibilityFlags = [${flags.map((flag) => `"${flag}"`)}]
))]);`,
    );
    const report = readReport(
      await output(binary('@cloudflare/workerd-linux-64/bin/workerd'), ['test', `${name}.capnp`], folder),
    );
    expect(report.runtime).toBe('workerd');
    expect(report.nodeCrypto).toBe(nodeCrypto);
    expectAllPassed(report, suite.names);
  });
});

test('an edge runtime, without Node in it, passes the suite', async () => {
  const vm = new EdgeVM();
  vm.evaluate(await bundleWithPackage('worker-source.mjs', 'iife', ['edge-light', 'worker']));
  const report: Report = JSON.parse(await vm.evaluate('suite.run().then(JSON.stringify)'));
  expect(report.runtime).toMatch(/^edge /);
  expect(report.nodeCrypto).toBe(false);
  expectAllPassed(report, suite.names);
});

test("Chromium passes the client's suite", async () => {
  const script = await bundleWithPackage('client-source.mjs', 'iife', ['browser']);
  const server = createServer(answer(script));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.addScriptTag({ url: '/suite.js' });
    const report = (await page.evaluate('suite.run()')) as Report;
    expect(report.runtime).toMatch(/^chromium \d+/);
    expectAllPassed(report, client.names);
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
});

/** The server of the page: its auth endpoint, and what stands in for one by mistake. */
function answer(script: string): Parameters<typeof createServer>[1] & object {
  let issued = Date.now() - 60_000;
  const auth = createAuthEndpoint('pageApp.pageKey:page-Secret_0123456789', (user: string | undefined) => {
    // A second later for each token, so that no two are the same.
    issued += 1000;
    return user === undefined
      ? null
      : { clientId: user, capability: { chat: ['subscribe'] }, ttl: '5m', issuedAt: new Date(issued) };
  });
  const pages: Record<string, [status: number, type: string, body: string]> = {
    '/': [200, 'text/html', '<!doctype html><title>client</title>'],
    '/suite.js': [200, 'text/javascript', script],
    '/login': [200, 'text/html', '<!doctype html><form></form>'],
    '/moved': [302, 'text/plain', ''],
    '/broken': [502, 'text/plain', 'Bad gateway'],
  };
  return async (request, response) => {
    const page = pages[request.url ?? ''];
    if (page !== undefined) {
      const [status, type, body] = page;
      response
        .writeHead(status, { 'Content-Type': type, ...(status === 302 ? { Location: '/login' } : {}) })
        .end(body);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
    const cookie = /^user=(\w+)$/.exec(request.headers.cookie ?? '')?.[1];
    const result = await auth(body === undefined ? cookie : `${request.headers['x-user']} in ${body.room}`);
    response.writeHead(result.status, result.headers).end(result.body);
  };
}

test('the suites are not empty', async () => {
  expect(suite.names.length).toBeGreaterThan(20);
  expect(client.names.length).toBeGreaterThan(3);
  expect(await readFile(join(folder, 'suite.mjs'), 'utf8')).toContain('from "ably-jwt"');
});
