import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startSandbox } from './support/client.js';

test('a WebSocket anywhere else is refused', async () => {
  const { sandbox } = await startSandbox();
  const socket = new WebSocket(`ws://localhost:${sandbox.port}/elsewhere`);
  const status = await new Promise((resolve) => {
    socket.once('error', () => {});
    socket.once('unexpected-response', (_, response) => resolve(response.statusCode));
  });
  expect(status).toBe(404);
});

test('a WebSocket may show its token in the Authorization header; one that can’t be read is refused', async () => {
  const { sandbox } = await startSandbox();
  const firstFrame = async (authorization: string) => {
    const socket = new WebSocket(`ws://localhost:${sandbox.port}/`, { headers: { authorization } });
    const data = await new Promise<Buffer>((resolve) => socket.once('message', resolve));
    socket.terminate();
    return JSON.parse(data.toString());
  };
  const basic = Buffer.from(sandbox.apiKey).toString('base64');
  expect(await firstFrame(`Basic ${basic}`)).toMatchObject({ action: 4 });
  expect(await firstFrame('Digest x')).toMatchObject({ action: 9, error: { code: 40005, statusCode: 400 } });
  expect(sandbox.requests).toMatchObject([
    { credentials: 'key' },
    { credentials: 'none', error: { code: 40005 } },
  ]);
});
