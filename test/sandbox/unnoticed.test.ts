import { createAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { formats, refusal, rest, startSandbox } from './support/client.js';
import { RawClient } from './support/raw.js';

// Rules that a client keeps by itself, so that a server without them would not be noticed through it.

describe.each(formats)('rules that the client keeps too (%s)', (format) => {
  test('a connection is not resumed by another client id', async () => {
    const { sandbox } = await startSandbox();
    const query = { key: sandbox.apiKey, format, clientId: 'bob' };
    const first = new RawClient(sandbox, query);
    const { connectionId, connectionDetails } = await first.next();
    const resume = connectionDetails.connectionKey;
    const thief = new RawClient(sandbox, { ...query, clientId: 'al', resume });
    expect(await thief.next()).toMatchObject({ action: 9, error: { code: 40102, statusCode: 401 } });
    expect(await first.ask({ action: 0, id: '1' })).toEqual({ action: 0, id: '1' });
    expect((await new RawClient(sandbox, { ...query, resume }).next()).connectionId).toBe(connectionId);
  });

  test('without the right, not even one’s own message may be changed', async () => {
    const { sandbox, clock } = await startSandbox();
    const token = await createAblyJwt(sandbox.apiKey, {
      capability: { chat: ['publish', 'history'] },
      clientId: 'bob',
      issuedAt: new Date(clock.now()),
    });
    const api = rest(sandbox, { token }, format).channels.get('chat');
    const [serial] = (await api.publish('x', 'text')).serials;
    const message = { serial: serial!, data: 'changed' } as never;
    for (const change of ['updateMessage', 'deleteMessage', 'appendMessage'] as const)
      expect(await refusal(api[change](message))).toMatchObject({ code: 40160, statusCode: 401 });
    const client = new RawClient(sandbox, { access_token: token, format });
    await client.next();
    for (const [msgSerial, action] of [1, 2, 5].entries()) {
      const frame = {
        action: 15,
        channel: 'chat',
        msgSerial,
        messages: [{ serial, action, data: 'changed' }],
      };
      expect(await client.ask(frame)).toMatchObject({ action: 2, error: { code: 40160 } });
    }
    expect((await api.getMessage(serial!)).data).toBe('text');
  });
});
