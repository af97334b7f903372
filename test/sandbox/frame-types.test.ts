import { expect, test } from 'vitest';
import { startSandbox } from './support/client.js';
import { RawClient } from './support/raw.js';

// Found by `npm run fuzz -- frames`: each was an internal error.
test.each([
  ['"channel"', { action: 15, channel: { a: 1 }, msgSerial: 0, messages: [{ name: 'x' }] }],
  ['"channel"', { action: 14, channel: 7, msgSerial: 0, presence: [{ action: 2 }] }],
  ['"channel"', { action: 10, channel: ['chat'] }],
  ['"msgSerial"', { action: 15, channel: 'chat', msgSerial: {}, messages: [] }],
  ['"flags"', { action: 10, channel: 'chat', flags: { toString: 1 } }],
  ['"params"', { action: 10, channel: 'chat', params: 'rewind' }],
  ['"params"', { action: 10, channel: 'chat', params: { rewind: { toString: 1 } } }],
  ['"auth"', { action: 17, auth: 'token' }],
])('a frame whose %s is of another type ends the connection as a bad request: %j', async (name, frame) => {
  const { sandbox } = await startSandbox();
  const client = new RawClient(sandbox, { key: sandbox.apiKey, format: 'json', clientId: 'alice' });
  await client.next();
  const { action, error } = await client.ask(frame);
  expect({ action, code: error.code, statusCode: error.statusCode }).toEqual({
    action: 9,
    code: 40000,
    statusCode: 400,
  });
  expect(error.message).toContain(name);
  expect(await client.closed).toBe(1003);
});
