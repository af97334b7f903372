// Requests per second of an auth endpoint, each server in a process of its own, beside the same server with a constant
// answer and beside the tutorials' Express and jsonwebtoken.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { median, quantile, report, shuffled, versions } from './measure.mjs';
import { loadPeers } from './peers.mjs';

const { from } = await loadPeers();
const connections = 32;
const burstMs = 250;
const rounds = 24;

const names = ['constant', 'hmac', 'bare', 'ably-jwt', 'listener', 'tutorial'];
const servers = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await start(name)])));
/** @type {Record<string, number[]>} */
const samples = Object.fromEntries(names.map((name) => [name, []]));
/**
 * Microseconds of processor time that the server spends on one request.
 *
 * @type {Record<string, number[]>}
 */
const cpu = Object.fromEntries(names.map((name) => [name, []]));
try {
  for (const name of names) await burst(servers[name].port, 1000);
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(names)) {
      const before = await cpuTime(servers[name]);
      const { perSecond, answers } = await burst(servers[name].port, burstMs);
      samples[name].push(perSecond);
      cpu[name].push(((await cpuTime(servers[name])) - before) / answers);
    }
  }
} finally {
  for (const { child } of Object.values(servers)) child.kill();
}

async function start(name) {
  const child = fork(fileURLToPath(new URL('endpoint-server.mjs', import.meta.url)), [name]);
  const [port] = await once(child, 'message');
  return { child, port };
}

/** Asks for so many milliseconds as fast as answers come. */
async function burst(port, milliseconds) {
  const start = performance.now();
  const counts = await Promise.all(
    Array.from({ length: connections }, () => askAgain(port, start + milliseconds)),
  );
  const seconds = (performance.now() - start) / 1000;
  const answers = counts.reduce((sum, count) => sum + count);
  return { answers, perSecond: answers / seconds };
}

async function cpuTime({ child }) {
  child.send('cpu');
  return (await once(child, 'message'))[0];
}

/** One connection: as soon as an answer is there, the next request goes out. Resolves with their number. */
function askAgain(port, end) {
  return new Promise((resolve, reject) => {
    const request = `GET /auth HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: session=s1\r\n\r\n`;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let count = 0;
    let answer = '';
    socket.on('error', reject);
    socket.write(request);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      const head = answer.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = /content-length: (\d+)/i.exec(answer.slice(0, head));
      if (!answer.startsWith('HTTP/1.1 200') || length === null) {
        socket.destroy(new Error(`Not an answer that was expected: ${answer.slice(0, head)}`));
        return;
      }
      if (answer.length < head + 4 + Number(length[1])) return;
      answer = '';
      count += 1;
      if (performance.now() < end) {
        socket.write(request);
      } else {
        socket.destroy();
        resolve(count);
      }
    });
  });
}

const paired = (name, base) => median(samples[name].map((value, i) => value / samples[base][i]));
const titles = {
  constant: 'node:http, a constant answer of the same size',
  hmac: 'node:http, a constant answer and one HMAC',
  bare: 'node:http, only the signature (the floor)',
  'ably-jwt': 'node:http, createAuthEndpoint',
  listener: 'node:http, createAuthListener',
  tutorial: "Express and jsonwebtoken, as in Ably's tutorial",
};
await report({
  name: 'endpoint',
  title: `Requests per second, ${connections} connections`,
  columns: ['', 'per second', '±', '× constant', 'µs of CPU for one'],
  rows: names.map((name) => [
    titles[name],
    Math.round(median(samples[name])).toLocaleString('en'),
    `${(((quantile(samples[name], 0.75) - quantile(samples[name], 0.25)) / 2 / median(samples[name])) * 100).toFixed(0)} %`,
    paired(name, 'constant').toFixed(2),
    median(cpu[name]).toFixed(1),
  ]),
  limits: [
    {
      what: 'createAuthEndpoint, beside only the signature',
      found: paired('ably-jwt', 'bare') * 100,
      atLeast: 97,
      unit: ' %',
    },
    {
      what: 'createAuthListener, beside only the signature',
      found: paired('listener', 'bare') * 100,
      atLeast: 97,
      unit: ' %',
    },
    {
      what: "createAuthEndpoint, beside the tutorial's server",
      found: paired('ably-jwt', 'tutorial'),
      atLeast: 3,
      unit: ' ×',
    },
  ],
  versions: versions(['express', 'jsonwebtoken'], from),
});
