import { expect, test } from 'vitest';
import { read, repositoryFiles } from './repository.js';

const page = read('docs/threat-model.md');

test('every test that the threat model names exists', () => {
  const named = [...page.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(50);
  const files = new Set(repositoryFiles(/^test\//));
  expect(named.filter((path) => !files.has(path))).toEqual([]);
});

test('every threat has a test, and every practice of the lists a test, a page or a gap', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| ---'));
  const section = (heading: string) => page.split(`\n## ${heading}`)[1]?.split('\n## ')[0] ?? '';
  const inside = (text: string) => rows.filter((row) => text.includes(row));
  const threats = inside(section('Boundaries')).filter((row) => !row.startsWith('| Threat |'));
  expect(threats.length).toBeGreaterThan(30);
  expect(threats.filter((row) => !row.includes('`test/'))).toEqual([]);

  const practices = ['RFC 8725', 'OWASP'].flatMap((list) => inside(section(list)).slice(1));
  expect(practices.length).toBeGreaterThan(25);
  const answer = /`test\/|\*\*Gap:\*\*|\]\(|`on\w+`|never sets/;
  expect(practices.filter((row) => !answer.test(row))).toEqual([]);
});

test('the practices of RFC 8725 are all there', () => {
  const numbers = [...page.matchAll(/^\| 3\.(\d+) \|/gm)].map(([, number]) => Number(number));
  expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});
