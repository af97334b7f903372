// The sandbox under many clients: 2,000 connections that renew at once, what an idle connection costs, and how long a
// test waits for a sandbox to start and to close. The sandbox and its clients are processes of their own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createAblyJwt } from 'ably-jwt';
import { startAblySandbox } from 'ably-jwt/testing';
import WebSocket from 'ws';
import { median, quantile, report, versions } from './measure.mjs';

const count = 2000;
const connected = 4;
const auth = 17;

const startAndClose = [];
for (let i = 0; i < 40; i++) {
  const start = performance.now();
  await (await startAblySandbox()).close();
  startAndClose.push(performance.now() - start);
}
// The first ones load and compile.
startAndClose.splice(0, 5);

const child = fork(fileURLToPath(new URL('sandbox-server.mjs', import.meta.url)));
const ask = async (question) => {
  child.send(question);
  return (await once(child, 'message'))[0];
};
const { port, apiKey } = (await once(child, 'message'))[0];

const sign = (i) => createAblyJwt(apiKey, { capability: { 'chat:*': ['subscribe'] }, clientId: `user-${i}` });

/** A client that does what Ably's does when it is asked for a new token, and tells of every CONNECTED. */
function connect(i, onConnected) {
  return new Promise((resolve, reject) => {
    sign(i).then((jwt) => {
      const query = `access_token=${jwt}&format=json&heartbeats=false&v=6`;
      const socket = new WebSocket(`ws://127.0.0.1:${port}/?${query}`, { perMessageDeflate: false });
      let first = true;
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('The sandbox closed a connection.')));
      socket.on('message', async (data) => {
        const { action } = JSON.parse(data.toString());
        if (action === auth)
          socket.send(JSON.stringify({ action: auth, auth: { accessToken: await sign(i) } }));
        else if (action !== connected) reject(new Error(`Not a message that was expected: ${data}`));
        else if (first) {
          first = false;
          resolve(socket);
        } else onConnected();
      });
    }, reject);
  });
}

try {
  let renewed = 0;
  /** @type {(value?: unknown) => void} */
  let allRenewed = () => {};
  const onConnected = () => {
    renewed += 1;
    if (renewed === count) allRenewed();
  };
  await connect(0, onConnected);
  const before = await ask('memory');
  const start = performance.now();
  for (let i = 1; i < count; i += 100) {
    await Promise.all(
      Array.from({ length: Math.min(100, count - i) }, (_, j) => connect(i + j, onConnected)),
    );
  }
  const connectSeconds = (performance.now() - start) / 1000;
  const after = await ask('memory');

  const renewals = [];
  for (let round = 0; round < 5; round++) {
    renewed = 0;
    const done = new Promise((resolve) => {
      allRenewed = resolve;
    });
    const begin = performance.now();
    child.send('promptReauth');
    await done;
    renewals.push((performance.now() - begin) / 1000);
  }
  const perConnection = (what) => (after[what] - before[what]) / (count - 1) / 1000;

  await report({
    name: 'sandbox',
    title: `The sandbox with ${count.toLocaleString('en')} live connections`,
    columns: ['', 'median', 'worst'],
    rows: [
      [
        'all of them renew their tokens',
        `${median(renewals).toFixed(2)} s`,
        `${Math.max(...renewals).toFixed(2)} s`,
      ],
      ['all of them connect', `${connectSeconds.toFixed(2)} s`, ''],
      ['memory of an idle connection, heap', `${perConnection('heap').toFixed(1)} kB`, ''],
      ['memory of an idle connection, resident', `${perConnection('resident').toFixed(1)} kB`, ''],
      [
        'start and close of an idle sandbox',
        `${median(startAndClose).toFixed(1)} ms`,
        `${quantile(startAndClose, 1).toFixed(1)} ms`,
      ],
    ],
    limits: [
      { what: '2,000 connections renew', found: median(renewals), atMost: 3, unit: ' s' },
      { what: 'start and close', found: median(startAndClose), atMost: 50, unit: ' ms' },
    ],
    versions: versions(['ws']),
  });
} finally {
  child.kill();
}
// The connections of 2,000 clients need no goodbye.
process.exit();
