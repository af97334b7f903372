import { expect, test } from 'vitest';
import { dependencies, devDependencies } from '../../package.json';
import { read } from './repository.js';

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly hasInstallScript?: boolean;
}
const { packages: locked } = JSON.parse(read('package-lock.json')) as {
  packages: Readonly<Record<string, Locked>>;
};

test('CONTRIBUTING.md says of each dependency why it is there', () => {
  const [, section = ''] = /^## Dependencies$(.*?)^## /ms.exec(read('CONTRIBUTING.md')) ?? [];
  const named = [...section.matchAll(/^\| `(.+?)` \| (.+?) \| (.+?) \|$/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual(Object.keys({ ...dependencies, ...devDependencies }).sort());
});

test('what users install or what is bundled pulls in nothing', () => {
  expect(Object.keys(dependencies)).toEqual(['jose']);
  for (const name of ['jose', 'ws', '@msgpack/msgpack'])
    expect(locked[`node_modules/${name}`]?.dependencies ?? {}).toEqual({});
});

test('no package but esbuild has an install script', () => {
  const scripted = Object.entries(locked).filter(([, { hasInstallScript }]) => hasInstallScript === true);
  const names = new Set(scripted.map(([path]) => path.replace(/^.*node_modules\//, '')));
  // On macOS, watching files has one more, which is optional.
  names.delete('fsevents');
  expect([...names]).toEqual(['esbuild']);
});
