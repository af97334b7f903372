import { anyClientId, createAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { attempt, formats, realtime, refusal, rest, startSandbox } from './support/client.js';

/** What a token says of the client: nothing, one client id, or any. */
type Claim = undefined | 'bob' | '*';

interface ConnectRow {
  readonly claim: Claim | 'key';
  readonly asks: string | undefined;
  /** The client id that the connection gets, or the code that it is refused with. */
  readonly gets: string | undefined | 40102;
}

const connectRows: ConnectRow[] = [
  { claim: 'key', asks: undefined, gets: '*' },
  { claim: 'key', asks: 'x', gets: 'x' },
  { claim: undefined, asks: undefined, gets: undefined },
  { claim: undefined, asks: 'x', gets: 40102 },
  { claim: 'bob', asks: undefined, gets: 'bob' },
  { claim: 'bob', asks: 'bob', gets: 'bob' },
  { claim: 'bob', asks: 'al', gets: 40102 },
  { claim: '*', asks: undefined, gets: '*' },
  { claim: '*', asks: 'x', gets: 'x' },
];

async function credentials(claim: Claim | 'key') {
  const { sandbox, clock } = await startSandbox();
  if (claim === 'key') return { sandbox, auth: { key: sandbox.apiKey } };
  const token = await createAblyJwt(sandbox.apiKey, {
    capability: { '*': ['*'] },
    ...(claim === undefined ? {} : { clientId: claim === '*' ? anyClientId : claim }),
    issuedAt: new Date(clock.now()),
  });
  return { sandbox, auth: { token } };
}

describe.each(formats)('who a client is (%s)', (format) => {
  test.each(connectRows)('credentials of $claim, asking for $asks: $gets', async ({ claim, asks, gets }) => {
    const { sandbox, auth } = await credentials(claim);
    const asked = asks === undefined ? {} : { clientId: asks };
    const client = realtime(sandbox, { ...auth, ...asked }, format);
    const outcome = await attempt(client);
    const api = rest(sandbox, { ...auth, ...asked }, format).channels.get('chat');
    if (gets === 40102) {
      expect(outcome).toMatchObject({ state: 'failed', code: 40102, statusCode: 401 });
      expect(outcome.message).toContain(`asks to be "${asks}"`);
      expect(await refusal(api.publish('x', 'y'))).toMatchObject({ code: 40102, statusCode: 401 });
      return;
    }
    expect(outcome).toEqual({ state: 'connected' });
    expect(sandbox.connections[0]?.clientId).toBe(gets);
    expect(client.auth.clientId ?? undefined).toBe(gets);
    await api.publish('x', 'y');
    const [message] = (await api.history()).items;
    expect(message?.clientId ?? undefined).toBe(gets === '*' ? undefined : gets);
  });

  const messageRows: {
    readonly identity: Claim;
    readonly says: string | undefined;
    readonly gets: unknown;
  }[] = [
    { identity: undefined, says: undefined, gets: undefined },
    { identity: undefined, says: 'x', gets: 40012 },
    { identity: 'bob', says: undefined, gets: 'bob' },
    { identity: 'bob', says: 'bob', gets: 'bob' },
    { identity: 'bob', says: 'al', gets: 40012 },
    { identity: '*', says: undefined, gets: undefined },
    { identity: '*', says: 'x', gets: 'x' },
    { identity: '*', says: '*', gets: 40012 },
  ];

  test.each(messageRows)('$identity sends a message as $says: $gets', async ({ identity, says, gets }) => {
    const { sandbox, auth } = await credentials(identity);
    const message = { name: 'x', data: 'y', ...(says === undefined ? {} : { clientId: says }) };
    const api = rest(sandbox, auth, format).channels.get('chat');
    const client = realtime(sandbox, auth, format);
    expect(await attempt(client)).toEqual({ state: 'connected' });
    const channel = client.channels.get('chat');
    const sent = [() => channel.publish(message), () => api.publish(message)];
    if (gets === 40012) {
      for (const send of sent) expect(await refusal(send())).toMatchObject({ code: 40012, statusCode: 400 });
      expect((await api.history()).items).toEqual([]);
      return;
    }
    for (const send of sent) await send();
    const { items } = await api.history();
    expect(items.map(({ clientId }) => clientId ?? undefined)).toEqual([gets, gets]);
  });

  test.each(messageRows)('$identity enters presence as $says', async ({ identity, says, gets }) => {
    const { sandbox, auth } = await credentials(identity);
    const client = realtime(sandbox, auth, format);
    expect(await attempt(client)).toEqual({ state: 'connected' });
    const { presence } = client.channels.get('chat');
    const entered = says === undefined ? presence.enter() : presence.enterClient(says);
    if (says !== undefined && gets !== 40012) {
      await entered;
      expect((await presence.get()).map(({ clientId }) => clientId)).toEqual([gets]);
    } else if (says === undefined && identity === 'bob') {
      await entered;
      expect((await presence.get()).map(({ clientId }) => clientId)).toEqual(['bob']);
    } else {
      // An anonymous client is stopped by the client library already.
      expect(await refusal(entered)).toMatchObject({ code: 40012, statusCode: 400 });
    }
  });
});

describe('who a REST request acts for', () => {
  const ask = async (claim: Claim | 'key', asks: string, body: object) => {
    const { sandbox, auth } = await credentials(claim);
    const query = new URLSearchParams(
      auth.token === undefined ? { key: auth.key } : { access_token: auth.token },
    );
    const url = `${sandbox.url}/channels/chat/messages?${query}`;
    const response = await fetch(url + asks, {
      method: 'POST',
      body: JSON.stringify({ name: 'x', ...body }),
    });
    const { error } = (await response.json()) as { error?: { code: number; message: string } };
    const [message] = (await (await fetch(url)).json()) as { clientId?: string }[];
    return { error, message };
  };

  test.each<[claim: Claim | 'key', asks: string, says: string]>([
    [undefined, 'x', 'name no clientId'],
    [undefined, '*', 'name no clientId'],
    [undefined, '', 'name no clientId'],
    ['bob', 'al', 'are for the clientId "bob"'],
    ['bob', '*', 'are for the clientId "bob"'],
    ['bob', '', 'are for the clientId "bob"'],
    ['*', '*', 'are for the clientId "*"'],
    ['*', '', 'are for the clientId "*"'],
    ['key', '*', 'are for the clientId "*"'],
    ['key', '', 'are for the clientId "*"'],
  ])('credentials of %s, asking for "%s": 40102, they %s', async (claim, asks, says) => {
    const { error, message } = await ask(claim, `&clientId=${encodeURIComponent(asks)}`, {});
    expect(error).toMatchObject({
      code: 40102,
      message: `Invalid clientId for credentials: the client asks to be "${asks}", its credentials ${says}.`,
    });
    expect(message).toBeUndefined();
  });

  test.each<[identity: Claim, says: unknown, who: string]>([
    [undefined, 'x', 'an anonymous client'],
    [undefined, '', 'an anonymous client'],
    [undefined, 7, 'an anonymous client'],
    ['bob', 'al', 'the client "bob"'],
    ['bob', '', 'the client "bob"'],
    ['*', '*', 'the client "*"'],
    ['*', '', 'the client "*"'],
    ['*', 7, 'the client "*"'],
    ['*', ['x'], 'the client "*"'],
  ])('%s sends a message as %j: 40012, %s can’t', async (identity, clientId, who) => {
    const { error, message } = await ask(identity, '', { clientId });
    expect(error).toMatchObject({
      code: 40012,
      message: `invalid clientId: ${who} can't send a message as ${JSON.stringify(clientId)}`,
    });
    expect(message).toBeUndefined();
  });

  test.each<[identity: Claim, gets: string | undefined]>([
    [undefined, undefined],
    ['bob', 'bob'],
    ['*', undefined],
  ])('%s sends a message whose clientId is null: %s', async (identity, gets) => {
    const { error, message } = await ask(identity, '', { clientId: null });
    expect(error).toBeUndefined();
    expect(message).toMatchObject({ name: 'x' });
    expect(message?.clientId).toBe(gets);
  });
});
