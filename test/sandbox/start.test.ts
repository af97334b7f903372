import type * as Ably from 'ably';
import { createAblyJwt } from 'ably-jwt';
import { createManualClock, startAblySandbox } from 'ably-jwt/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { refusal, rest, startSandbox } from './support/client.js';
import { RawClient } from './support/raw.js';

describe('start and close', () => {
  test('listens on loopback, and says where', async () => {
    const { sandbox } = await startSandbox();
    expect(sandbox.url).toBe(`http://localhost:${sandbox.port}`);
    const options: Ably.ClientOptions = sandbox.clientOptions;
    expect(options).toEqual({
      endpoint: 'localhost',
      port: sandbox.port,
      tls: false,
      transports: ['web_socket'],
      disableConnectivityCheck: true,
    });
    expect((await fetch(`http://127.0.0.1:${sandbox.port}/time`)).status).toBe(200);
    expect(sandbox.apiKey).toBe(sandbox.keys[0]!.key);
    expect(sandbox.keys[0]!.key.split(':')[0]).toBe(sandbox.keys[0]!.name);
  });

  test('on a port of one’s own, once', async () => {
    const first = await startAblySandbox();
    const { port } = first;
    await expect(startAblySandbox({ port })).rejects.toThrow(/"port" is \d+, where another program listens/);
    await first.close();
    const second = await startAblySandbox({ port });
    expect(second.port).toBe(port);
    // Other keys: nothing of the first one is left.
    expect(second.apiKey).not.toBe(first.apiKey);
    await second.close();
  });

  test('close ends every socket, and may be called again', async () => {
    const sandbox = await startAblySandbox();
    const client = new RawClient(sandbox, { key: sandbox.apiKey });
    await client.next();
    const agent = fetch(`${sandbox.url}/time`);
    await (await agent).text();
    await Promise.all([sandbox.close(), sandbox.close()]);
    expect(await client.closed).toBe(1006);
    await expect(fetch(`${sandbox.url}/time`)).rejects.toThrow();
    expect(sandbox.connections).toEqual([]);
    await sandbox.close();
  });

  test('await using ends it', async () => {
    let url: string;
    {
      await using sandbox = await startAblySandbox();
      url = sandbox.url;
      expect((await fetch(`${url}/time`)).status).toBe(200);
    }
    await expect(fetch(`${url}/time`)).rejects.toThrow();
  });

  test('leaves no timer on the clock', async () => {
    const clock = createManualClock();
    const sandbox = await startAblySandbox({ clock });
    const client = new RawClient(sandbox, { key: sandbox.apiKey });
    await client.next();
    sandbox.revoke({ clientId: 'x' }, { allowReauthMargin: true });
    expect(clock.next).toBeDefined();
    await sandbox.close();
    expect(clock.next).toBeUndefined();
  });

  test('takes the time alone: tokens are judged by it', async () => {
    const clock = { time: Date.now() + 7_200_000, now: () => clock.time };
    const sandbox = await startAblySandbox({ clock });
    const token = await createAblyJwt(sandbox.apiKey, {
      capability: { a: ['history'] },
      issuedAt: new Date(clock.now()),
    });
    const history = () => rest(sandbox, { token }).channels.get('a').history();
    await history();
    clock.time += 3_700_000;
    expect(sandbox.requests.at(-1)?.status).toBe(200);
    await refusal(history());
    expect(sandbox.requests.at(-1)?.error?.code).toBe(40142);
    await sandbox.close();
  });

  const wrong: [options: object, says: RegExp][] = [
    [{ key: [] }, /"key".*Did you mean "keys"/],
    [{ keys: [] }, /"keys" must be an array of at least one key/],
    [{ keys: [{ capabilities: {} }] }, /"capabilities".*Did you mean "capability"/],
    [{ keys: [{ capability: { a: [] } }] }, /"a" has no operations/],
    [{ keys: [{ capability: '{a}' }] }, /"capability"/],
    [{ keys: [{ revocableTokens: 'yes' }] }, /"revocableTokens" must be true or false/],
    [{ port: 70_000 }, /"port" must be a port number/],
    [{ port: '80' }, /"port" must be a port number/],
    [{ clock: Date }, /"clock" must be an object with now/],
    [{ clock: { now: Date.now, setTimeout } }, /"clock" must be an object with now/],
    [{ onEvent: 'log' }, /"onEvent" must be a function/],
    [{ origins: 'https://a.example' }, /"origins" must be a list of origins/],
    [
      { origins: ['https://a.example/'] },
      /"origins" must be a list of origins.*found "https:\/\/a.example\/"/,
    ],
    [{ origins: ['*'] }, /"origins" must be a list of origins/],
    [{ provisioning: 1 }, /"provisioning" must be true or false/],
    [{ keys: null }, /"keys" is null/],
  ];
  test.each(wrong)('refuses %j', async (options, says) => {
    await expect(startAblySandbox(options as never)).rejects.toThrow(says);
  });

  test('undefined is as good as nothing', async () => {
    const sandbox = await startAblySandbox({ keys: undefined, port: undefined, clock: undefined });
    onTestFinished(() => sandbox.close());
    expect(sandbox.keys).toHaveLength(1);
  });
});
