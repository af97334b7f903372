import { createRequire } from 'node:module';

// require() and not import: a missing package must end in our own words, which a static import can't give, and
// CommonJS has no top-level await. `__filename` is there in the CommonJS build, `import.meta.url` in the other.
const require = createRequire(typeof __filename === 'string' ? __filename : import.meta.url);

function load(names: readonly string[]): unknown[] {
  const missing: string[] = [];
  const loaded = names.map((name): unknown => {
    try {
      return require(name);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw cause;
      return void missing.push(name);
    }
  });
  if (missing.length > 0) {
    throw new Error(
      `ably-jwt/testing needs ${missing.join(' and ')}, which ${missing.length === 1 ? 'is' : 'are'} not installed. ` +
        `Run: npm install --save-dev ${missing.join(' ')}`,
    );
  }
  return loaded;
}

/** The optional peers, which only `ably-jwt/testing` needs. */
export const [ws, msgpack] = load(['ws', '@msgpack/msgpack']) as [
  typeof import('ws'),
  typeof import('@msgpack/msgpack'),
];
