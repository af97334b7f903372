import { readdirSync, readFileSync } from 'node:fs';
import { AblyJwtError, type AblyJwtErrorCode, type WarningCode } from 'ably-jwt';
import { expect, test } from 'vitest';
import { drawDiagrams } from '../../scripts/docs-diagrams.js';
import { brokenLinks, readMarkdown } from './support/links.js';
import { appTests, collectSnippets, markdownFiles, root } from './support/snippets.js';

const read = (path: string) => readFileSync(root + path, 'utf8');

test('every link of the README and the guides leads somewhere', () => {
  expect(
    brokenLinks(
      root,
      markdownFiles.map((path) => readMarkdown(root, path)),
    ),
  ).toEqual([]);
});

test('every guide is a page of the site, and in the list of guides', () => {
  const guides = markdownFiles.filter((path) => path.startsWith('docs/'));
  const { projectDocuments } = JSON.parse(read('typedoc.json'));
  expect([...projectDocuments].sort()).toEqual(guides);
  const { links } = readMarkdown(root, 'docs/README.md');
  expect(
    guides.filter((path) => path !== 'docs/README.md' && !links.includes(path.replace('docs', '.'))),
  ).toEqual([]);
});

test('every app of a guide is written out by a test that has its packages', () => {
  const apps = new Set(
    collectSnippets().flatMap(({ file, app }) => (app === undefined ? [] : [`${file} ${app}`])),
  );
  const forgotten = [...apps].filter((name) => {
    const [guide, app] = name.split(' ');
    const folder = appTests[guide!];
    if (folder === undefined) return true;
    const tests = readdirSync(root + folder).filter((file) => file.endsWith('.test.ts'));
    return !tests.some((file) => read(`${folder}/${file}`).includes(`'${app}'`));
  });
  expect(forgotten).toEqual([]);
});

test('the diagrams are those that scripts/docs-diagrams.ts draws', () => {
  for (const [name, svg] of Object.entries(drawDiagrams())) expect(read(`docs/images/${name}`)).toBe(svg);
});

// A code that is missing here does not compile; so the guide gets its row when a code is added.
const codes: Record<AblyJwtErrorCode, true> = {
  KEY_MALFORMED: true,
  OPTION_INVALID: true,
  CAPABILITY_INVALID: true,
  TTL_TOO_LONG: true,
  TOKEN_TOO_LARGE: true,
  BROWSER_KEY: true,
  TOKEN_MALFORMED: true,
  ALG_NOT_ALLOWED: true,
  APP_UNKNOWN: true,
  KEY_UNKNOWN: true,
  SIGNATURE_INVALID: true,
  CLAIM_MISSING: true,
  CLAIM_INVALID: true,
  CAPABILITY_NOT_STRING: true,
  CLIENT_ID_INVALID: true,
  CLIENT_ID_MISMATCH: true,
  TOKEN_EXPIRED: true,
  TOKEN_REVOKED: true,
  ENDPOINT_FAILED: true,
};
const warnings: Record<WarningCode, true> = {
  APP_ID_INVALID: true,
  CAPABILITY_EVERYTHING: true,
  CAPABILITY_INHERITED: true,
  CAPABILITY_EMPTY: true,
  OPERATION_UNKNOWN: true,
  RESOURCE_EMPTY: true,
  RESOURCE_LITERAL: true,
  CLIENT_ID_WILDCARD: true,
  CLIENT_TYPE_UNKNOWN: true,
  CLAIM_IGNORED: true,
  TTL_SHORT: true,
  TTL_REVOCABLE: true,
  TOKEN_LARGE: true,
  TOKEN_OPAQUE: true,
  SIGNATURE_UNCHECKED: true,
};
const sections = read('docs/troubleshooting.md').split(/^##+ /m);
const sectionWith = (code: string) => sections.find((section) => section.includes(`\`${code}\``));

test.each(Object.keys(codes) as AblyJwtErrorCode[])(
  'the guide about refused tokens explains %s, under the number that Ably has for it',
  (code) => {
    const { ablyCode } = new AblyJwtError(code, '');
    expect(sectionWith(code)?.split('\n', 1)[0]).toContain(
      ablyCode === undefined ? 'Before anything is sent' : String(ablyCode),
    );
  },
);

test.each(Object.keys(warnings))('the guide about refused tokens explains the warning %s', (code) => {
  expect(sectionWith(code)).toMatch(/^Accepted, but/);
});

test.each(Object.keys(codes) as AblyJwtErrorCode[])('the reference gives the numbers of %s', (code) => {
  const { ablyCode, statusCode } = new AblyJwtError(code, '');
  const row = read('src/errors.ts')
    .split('\n')
    .find((line) => line.startsWith(` * | \`${code}\` |`));
  expect(row?.split('|')[3]?.trim()).toMatch(
    new RegExp(`^${ablyCode === undefined ? '' : `${ablyCode}, ${statusCode}`}`),
  );
  expect(row?.split('|')[3]?.trim() === '').toBe(ablyCode === undefined);
});
