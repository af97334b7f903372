import { type AblyJwtOptions, createAblyJwt, verifyAblyJwt } from 'ably-jwt';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { errorOf } from '../support/errors.js';
import { key } from '../support/tokens.js';

const sign = (options: object = {}) =>
  createAblyJwt(key, { capability: 'inherit', ...options } as AblyJwtOptions);

describe('a token above 8 KiB', () => {
  test('is refused, one of exactly 8 KiB is not', async () => {
    const lengths: number[] = [];
    for (let chars = 5990, error: unknown; error === undefined && chars < 6200; chars++) {
      try {
        lengths.push((await sign({ claims: { data: 'x'.repeat(chars) }, issuedAt: new Date(0) })).length);
      } catch (caught) {
        error = caught;
      }
    }
    expect(Math.max(...lengths)).toBe(8192);
  });

  test.each([
    [
      'x-ably-capability',
      {
        capability: Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`room:${n}:*`, ['publish']])),
        clientId: 'a',
      },
    ],
    ['big', { claims: { small: 'x', big: 'x'.repeat(7000) }, clientId: 'x'.repeat(900) }],
    [
      'ably.channel.chat',
      { channelClaims: { chat: { data: '😀'.repeat(2000) } }, claims: { other: 'x'.repeat(6000) } },
    ],
  ])('names its largest claim: %s', async (name, options) => {
    const error = await errorOf(() => sign(options));
    expect(error.code).toBe('TOKEN_TOO_LARGE');
    expect(error.message).toMatch(
      /^The token has \d+ bytes, more than the 8192 that fit in an HTTP header\./,
    );
    expect(error.message).toMatch(new RegExp(`Its largest claim is "${name}" with \\d+ bytes\\.$`));
    expect(error.hint).toContain('chat:*');
    expect(error).not.toHaveProperty('ablyCode');
  });

  test('counts bytes of UTF-8, not characters', async () => {
    const error = await errorOf(() =>
      sign({ claims: { bytes: '東'.repeat(2500), chars: 'x'.repeat(4000) } }),
    );
    expect(error.message).toContain('largest claim is "bytes" with 7502 bytes');
  });

  test('holds 240 resources', async () => {
    const rooms = Array.from({ length: 240 }, (_, n) => [`room:${n}`, ['*']]);
    const jwt = await sign({ capability: Object.fromEntries(rooms) });
    expect(Object.keys((await verifyAblyJwt(jwt, key)).capability!)).toHaveLength(240);
  });
});

describe('in a page', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });
  const openPage = () => {
    vi.stubGlobal('window', {});
    vi.stubGlobal('document', {});
  };

  test('signing is refused, since a key in a page is public', async () => {
    openPage();
    for (const options of [{}, { allowBrowser: false }, { allowBrowser: undefined }]) {
      const error = await errorOf(() => sign(options));
      expect(error.code).toBe('BROWSER_KEY');
      expect(error.message).toContain('in a page, where anyone can read');
      expect(error.hint).toContain('createAuthCallback');
      expect(error.hint).toContain('allowBrowser: true');
      expect(error).not.toHaveProperty('statusCode');
    }
  });

  test('signing is possible for those who say so', async () => {
    openPage();
    await expect(sign({ allowBrowser: true })).resolves.toMatch(/^eyJ/);
  });

  test('is told by window and document together: workers and servers with one of them may sign', async () => {
    vi.stubGlobal('window', {});
    await expect(sign()).resolves.toMatch(/^eyJ/);
    vi.unstubAllGlobals();
    vi.stubGlobal('document', {});
    await expect(sign()).resolves.toMatch(/^eyJ/);
  });

  test('checking is possible', async () => {
    const jwt = await sign();
    openPage();
    await expect(verifyAblyJwt(jwt, key)).resolves.toBeTruthy();
  });

  test.each(['yes', 1, {}])('allowBrowser must be a boolean: %j', async (allowBrowser) => {
    const error = await errorOf(() => sign({ allowBrowser }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(/^"allowBrowser" must be true or false, found /);
  });
});
