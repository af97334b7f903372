import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { root } from '../docs/support/snippets.js';

const guide = readFileSync(`${root}docs/frameworks.md`, 'utf8');
const lockfiles = ['', '/next', '/nuxt'].map((folder) =>
  JSON.parse(readFileSync(`${root}test/frameworks${folder}/package-lock.json`, 'utf8')),
);
const minorOf = (name: string) => {
  const found = lockfiles.find(({ packages }) => Object.hasOwn(packages[''].dependencies, name));
  return found?.packages[`node_modules/${name}`].version.split('.', 2).join('.');
};

test('the versions in the guide are those that the tests install', () => {
  const named = guide
    .split(/\n{2,}/)
    .flatMap((paragraph) => /Tested with (?:[^.]|\.\d)*/.exec(paragraph) ?? [])
    .flatMap((sentence) => [...sentence.matchAll(/`([^`]+)` (\d+\.\d+)/g)])
    .map(([, name, version]) => `${name} ${version}`);
  expect(named).toContain('koa 3.3');
  expect(named).toEqual(named.map((text) => text.split(' ')[0]!).map((name) => `${name} ${minorOf(name)}`));
});

test('every section with an app says the version it was tested with', () => {
  const sections = guide.split(/^## /m).filter((section) => /^```tsx? file=/m.test(section));
  const silent = sections.filter((section) => !section.includes('Tested with `'));
  expect(silent.map((section) => section.split('\n', 1)[0])).toEqual(['Node.js `http`']);
});
