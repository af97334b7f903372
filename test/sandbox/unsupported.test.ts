import type * as Ably from 'ably';
import { expect, test } from 'vitest';
import { attempt, formats, realtime, refusal, rest, startSandbox } from './support/client.js';
import { RawClient } from './support/raw.js';

test.each(formats)('a channel parameter may be a number (%s)', async (format) => {
  const { sandbox } = await startSandbox();
  const client = realtime(sandbox, { key: sandbox.apiKey }, format);
  await client.channels.get('a').publish('before', '');
  const channel = realtime(sandbox, { key: sandbox.apiKey }, format).channels.get('a', {
    params: { rewind: 1 } as never,
  });
  const message = await new Promise<Ably.InboundMessage>((resolve) => void channel.subscribe(resolve));
  expect(message.name).toBe('before');
  expect(channel.params).toEqual({ rewind: '1' });
});

test('deltas are refused, instead of never sent', async () => {
  const { sandbox } = await startSandbox();
  const client = realtime(sandbox, { key: sandbox.apiKey });
  for (const channel of [
    client.channels.get('a', { params: { delta: 'vcdiff' } }),
    client.channels.get('[?delta=vcdiff]b'),
  ]) {
    const error = await refusal(channel.attach());
    expect(error).toMatchObject({ code: 50001, statusCode: 501 });
    expect(error.message).toMatch(/no message deltas.*Ably account/);
  }
});

test('what the sandbox has not, it says, with what has it', async () => {
  const { sandbox } = await startSandbox();
  const api = rest(sandbox, { key: sandbox.apiKey });
  const rows: [string, RegExp][] = [
    ['/push/channelSubscriptions', /push notifications.*Ably account/],
    ['/channels/a/objects', /LiveObjects.*ably-server/],
    ['/channels/a/object', /LiveObjects.*ably-server/],
    ['/stats', /no statistics.*Ably account/],
  ];
  for (const [path, says] of rows) {
    const { errorCode, statusCode, errorMessage } = await api.request('get', path, 3);
    expect([errorCode, statusCode]).toEqual([50001, 501]);
    expect(errorMessage).toMatch(says);
  }
  expect(await refusal(api.stats())).toMatchObject({ code: 50001, statusCode: 501 });
  expect((await api.request('post', '/stats', 3, {}, [], {})).errorCode).toBe(50001);
  const client = new RawClient(sandbox, { key: sandbox.apiKey });
  await client.next();
  const nack = await client.ask({ action: 19, channel: 'a', msgSerial: 0, state: [] });
  expect(nack).toMatchObject({
    action: 2,
    error: { message: expect.stringMatching(/LiveObjects.*ably-server/) },
  });
});

test('a change of a message that is none: 40000, 40003', async () => {
  const { sandbox } = await startSandbox();
  const client = new RawClient(sandbox, { key: sandbox.apiKey });
  await client.next();
  const send = (msgSerial: number, messages: object[]) =>
    client.ask({ action: 15, channel: 'a', msgSerial, messages });
  const rows: [object[], number][] = [
    [[{ serial: 'x', action: 7 }], 40000],
    [[{ action: 1, data: 'x' }], 40003],
    [[{ serial: 'x', action: 1, data: 'x' }], 40400],
    [[{ serial: 'x', action: 1 }, { name: 'x' }], 40000],
  ];
  for (const [msgSerial, [messages, code]] of rows.entries())
    expect(await send(msgSerial, messages)).toMatchObject({ action: 2, error: { code } });
});

test('a client that asks for long polling too is connected by WebSocket, and one with nothing else is told at once', async () => {
  const { sandbox } = await startSandbox();
  const transports = ['comet', 'web_socket'] as never;
  expect(await attempt(realtime(sandbox, { key: sandbox.apiKey, transports }))).toEqual({
    state: 'connected',
  });
  const alone = realtime(sandbox, { key: sandbox.apiKey, transports: ['comet'] as never });
  expect(await attempt(alone)).toMatchObject({ state: 'disconnected' });
});
