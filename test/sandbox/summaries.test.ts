import type * as Ably from 'ably';
import { expect, test } from 'vitest';
import { formats, realtime, rest, startSandbox } from './support/client.js';

test.each(formats)('annotations come summarized to who subscribes to messages (%s)', async (format) => {
  const { sandbox } = await startSandbox();
  const reader = realtime(sandbox, { key: sandbox.apiKey }, format).channels.get('chat');
  const heard: Ably.InboundMessage[] = [];
  let wake = () => {};
  await reader.subscribe((message) => {
    heard.push(message);
    wake();
  });
  const summaries = async (count: number) => {
    while (heard.filter(({ action }) => action === 'message.summary').length < count)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return heard.at(-1)!;
  };
  const serial = (await reader.publish('x', 'text')).serials[0]!;
  const as = (clientId?: string) =>
    rest(
      sandbox,
      { key: sandbox.apiKey, ...(clientId === undefined ? {} : { clientId }) },
      format,
    ).channels.get('chat').annotations;
  const [bob, al, anonymous] = [as('bob'), as('al'), as()];
  const type = (method: string) => ({ type: `reaction:${method}.v1` });

  await bob.publish(serial, { ...type('distinct'), name: '👍' });
  expect(await summaries(1)).toMatchObject({
    action: 'message.summary',
    serial,
    annotations: {
      summary: { 'reaction:distinct.v1': { '👍': { total: 1, clientIds: ['bob'], clipped: false } } },
    },
  });
  await al.publish(serial, { ...type('distinct'), name: '👍' });
  await al.publish(serial, { ...type('distinct'), name: '👍' });
  await al.publish(serial, { ...type('distinct'), name: '🎉' });
  await bob.delete(serial, { ...type('distinct'), name: '👍' });
  await bob.publish(serial, { ...type('unique'), name: 'a' });
  await bob.publish(serial, { ...type('unique'), name: 'b' });
  await bob.publish(serial, type('flag'));
  await al.publish(serial, type('flag'));
  await al.delete(serial, type('flag'));
  await bob.publish(serial, { ...type('multiple'), name: 'clap', count: 3 });
  await bob.publish(serial, { ...type('multiple'), name: 'clap', count: 2 });
  await anonymous.publish(serial, { ...type('multiple'), name: 'clap' });
  await bob.publish(serial, type('total'));
  await bob.publish(serial, type('total'));
  // Without a way to summarize there is none.
  await bob.publish(serial, { type: 'plain' });
  const summary = {
    'reaction:distinct.v1': {
      '👍': { total: 1, clientIds: ['al'], clipped: false },
      '🎉': { total: 1, clientIds: ['al'], clipped: false },
    },
    'reaction:unique.v1': { b: { total: 1, clientIds: ['bob'], clipped: false } },
    'reaction:flag.v1': { total: 1, clientIds: ['bob'], clipped: false },
    'reaction:multiple.v1': {
      clap: { total: 6, clientIds: { bob: 5 }, totalUnidentified: 1, clipped: false, totalClientIds: 1 },
    },
    'reaction:total.v1': { total: 2 },
  };
  expect((await summaries(15)).annotations?.summary).toEqual(summary);
  // Who comes later reads it with the message.
  expect((await reader.getMessage(serial)).annotations?.summary).toEqual(summary);
  const [read] = (await reader.history()).items;
  expect(read).toMatchObject({ data: 'text', annotations: { summary } });
  expect(heard[0]).toMatchObject({ action: 'message.create', name: 'x' });
});
