import { vi } from 'vitest';

export type Package = typeof import('ably-jwt');

/**
 * The package loaded once more, on a runtime without `node:crypto`: signatures come from WebCrypto. The copies share
 * nothing, as when a bundle and `node_modules` both hold one.
 */
export async function loadOnWebCrypto(): Promise<Package> {
  vi.resetModules();
  const find = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
  const copy = await import('ably-jwt');
  // The engine is chosen at the first signature.
  await copy.createAblyJwt('a.b:c', { capability: 'inherit' });
  if (find.mock.calls.length === 0)
    throw new Error('Nobody looked for node:crypto: the copy is not a new one.');
  find.mockRestore();
  return copy;
}
