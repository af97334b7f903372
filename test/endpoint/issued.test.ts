import { anyClientId, createAuthHandler, createAuthListener, verifyAblyJwt } from 'ably-jwt';
import { describe, expect, test, vi } from 'vitest';
import { endpoint, granted, raise, request } from '../support/endpoint.js';
import { key, keyName } from '../support/tokens.js';

describe('onIssued', () => {
  test.each<[string, object, object]>([
    ['a user', { clientId: 'alice' }, { clientId: 'alice' }],
    ['an anonymous client', {}, {}],
    ['a server', { clientId: 'bot', clientType: 'server' }, { clientId: 'bot', clientType: 'server' }],
    ['any identity', { clientId: anyClientId }, { clientId: '*' }],
  ])('is told whom a token is for: %s', async (_, options, told) => {
    const onIssued = vi.fn();
    const capability = { 'chat:*': ['subscribe', 'publish', 'publish'] };
    const { auth } = endpoint(() => ({ capability, ttl: '5m', ...options }), { onIssued });
    const { body } = await auth(request);
    const { expiresAt } = await verifyAblyJwt(body, key);
    expect(onIssued.mock.calls).toEqual([
      [{ keyName, capability: { 'chat:*': ['publish', 'subscribe'] }, expiresAt, ...told }, request],
    ]);
    expect(Object.keys(onIssued.mock.calls[0]![0]).sort()).toEqual(
      ['keyName', 'capability', 'expiresAt', ...Object.keys(told)].sort(),
    );
  });

  test('has no capability for a token that inherits the rights of the key', async () => {
    const onIssued = vi.fn();
    await endpoint(() => ({ capability: 'inherit' }), { onIssued }).auth(request);
    expect(onIssued.mock.calls[0]![0]).toStrictEqual({ keyName, expiresAt: expect.any(Date) });
  });

  test('never gets the token', async () => {
    const onIssued = vi.fn();
    const { auth } = endpoint(() => granted, { onIssued });
    const { body } = await auth(request);
    const told = JSON.stringify(onIssued.mock.calls);
    for (const part of body.split('.')) expect(told).not.toContain(part);
  });

  test('is told of tokens only', async () => {
    const onIssued = vi.fn();
    const { auth } = endpoint((asked: unknown) => (asked === 1 ? null : raise(new Error('db'))), {
      onIssued,
    });
    await auth(1);
    await auth(2);
    expect(onIssued).not.toHaveBeenCalled();
  });

  test.each<[string, () => unknown]>([
    ['throws', () => raise(new Error('log is full'))],
    ['rejects', () => Promise.reject(new Error('log is full'))],
  ])('that %s: the client gets its token, onError the error', async (_, onIssued) => {
    let auth = endpoint(() => granted).auth;
    const told = new Promise((resolve) => {
      const onError = (...parameters: unknown[]) => resolve(parameters);
      ({ auth } = endpoint(() => granted, { onIssued: onIssued as () => void, onError }));
    });
    expect((await auth(request)).status).toBe(200);
    expect(await told).toEqual([new Error('log is full'), request]);
  });

  test('that never answers delays nothing', async () => {
    const { auth } = endpoint(() => granted, { onIssued: (() => new Promise(() => {})) as () => void });
    expect((await auth(request)).status).toBe(200);
  });

  test('is an option of each shell', async () => {
    const onIssued = vi.fn();
    const asked = new Request('https://example.com/auth');
    await createAuthHandler(key, () => granted, { onIssued })(asked);
    expect(onIssued.mock.calls).toEqual([[expect.objectContaining({ clientId: 'alice' }), asked]]);
    expect(() => createAuthListener(key, () => granted, { onIssued })).not.toThrow();
  });
});
