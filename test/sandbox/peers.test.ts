import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.doUnmock('node:module');
  vi.resetModules();
});

async function importWithout(...missing: string[]): Promise<unknown> {
  vi.resetModules();
  vi.doMock('node:module', async (original) => {
    const real = await original<typeof import('node:module')>();
    const createRequire = (from: string) => {
      const require = real.createRequire(from);
      return (name: string) => {
        if (!missing.includes(name)) return require(name);
        throw Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' });
      };
    };
    return { ...real, createRequire };
  });
  return import('ably-jwt/testing');
}

test.each([
  [['ws'], 'ably-jwt/testing needs ws, which is not installed. Run: npm install --save-dev ws'],
  [
    ['ws', '@msgpack/msgpack'],
    'ably-jwt/testing needs ws and @msgpack/msgpack, which are not installed. Run: npm install --save-dev ws @msgpack/msgpack',
  ],
])('without %j the import says what to install', async (missing, message) => {
  await expect(importWithout(...missing)).rejects.toThrow(message);
});

test('with both it works', async () => {
  expect(await importWithout()).toHaveProperty('startAblySandbox');
});
