import { vi } from 'vitest';

export type Package = typeof import('ably-jwt');

/**
 * The package loaded once more, on a runtime without `node:crypto`: signatures come from WebCrypto. The copies share
 * nothing, as when a bundle and `node_modules` both hold one.
 *
 * @param builtin - what the runtime has in place of `node:crypto`; nothing by default
 */
export async function loadOnWebCrypto(builtin?: object): Promise<Package> {
  vi.resetModules();
  const find = vi.spyOn(process, 'getBuiltinModule').mockReturnValue(builtin as never);
  const copy = await import('ably-jwt');
  // The engine is chosen at the first signature.
  await copy.createAblyJwt('a.b:c', { capability: 'inherit' });
  if (find.mock.calls.length === 0)
    throw new Error('Nobody looked for node:crypto: the copy is not a new one.');
  find.mockRestore();
  return copy;
}
