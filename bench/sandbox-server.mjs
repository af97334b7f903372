// The sandbox of sandbox.mjs, in a process of its own.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startAblySandbox } from 'ably-jwt/testing';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

const sandbox = await startAblySandbox();
process.on('message', (question) => {
  if (question === 'promptReauth') sandbox.promptReauth();
  else {
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    process.send?.({ heap: heapUsed + external, resident: rss });
  }
});
process.send?.({ port: sandbox.port, apiKey: sandbox.apiKey });
