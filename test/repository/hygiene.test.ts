import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { read, repositoryFiles } from './repository.js';
import { literals } from './source.js';

const code = repositoryFiles(/\.(ts|mts|cts|js|mjs|cjs)$/);
const text = repositoryFiles(
  /(^|\/)[^/]*\.(ts|mts|cts|js|mjs|cjs|json|md|yml|yaml|html|css|svg|txt)$|^\.(npmrc|gitignore)$|^\.ci\//,
);
// This file names what it forbids.
const others = (files: readonly string[]) =>
  files.filter((file) => file !== 'test/repository/hygiene.test.ts');

/** The places where a pattern occurs, as `file:line`. */
function places(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, n) => (pattern.test(line) ? [`${file}:${n + 1}`] : [])),
  );
}

/** How many lines hold code, and not only comments or nothing. */
function linesOfCode(text: string): number {
  const file = ts.createSourceFile('file.ts', text, ts.ScriptTarget.ESNext);
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    let leaf = true;
    ts.forEachChild(node, (child) => {
      leaf = false;
      visit(child);
    });
    const [start, end] = [node.getStart(file), node.getEnd()];
    const mark = (position: number) => lines.add(file.getLineAndCharacterOfPosition(position).line);
    mark(start);
    mark(Math.max(start, end - 1));
    // A template or a text of JSX may hold what looks like a comment.
    for (let at = start; leaf && at < end; at++) if (text[at] === '\n') mark(at);
  };
  for (const statement of file.statements) visit(statement);
  return lines.size;
}

describe('the repository', () => {
  test('has no work left over in its code', () => {
    expect(places(others(code), /\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
    expect(places(others(code), /@ts-ignore|@ts-nocheck/)).toEqual([]);
  });

  test('names no place on the machine it was written on', () => {
    expect(places(others(text), /(?<![\w.-])\/(work|root|home|Users)\/\w|[A-Z]:\\\\?Users/)).toEqual([]);
  });

  test('names no package registry: whoever installs it uses their own', () => {
    const settings = repositoryFiles(/(^|\/)(package-lock\.json|\.npmrc)$/);
    expect(settings).toContain('package-lock.json');
    expect(places(settings, /"resolved": "http|registry\s*=/)).toEqual([]);
  });

  test('has files of one subject each: 260 lines of code at most, and tests with their tables 350', () => {
    const long = code
      .map((file) => ({ file, lines: linesOfCode(read(file)) }))
      .filter(({ file, lines }) => lines > (file.startsWith('test/') ? 350 : 260));
    expect(long).toEqual([]);
  });

  test('counts as code what is neither a comment nor blank', () => {
    const lines = [
      '/**',
      ' * Docs.',
      ' */',
      'a(); // b',
      '',
      '// c',
      'const d = `',
      '// e',
      '`;',
      '/* f */ g();',
    ];
    expect(linesOfCode(lines.join('\n'))).toBe(5);
  });

  test('has no test that is skipped, left for later, or alone', () => {
    const tests = others(code.filter((file) => file.startsWith('test/')));
    expect(places(tests, /\b(test|it|describe|suite)\.(only|skip|todo|fails|skipIf|skipped)\b/)).toEqual([]);
    expect(places(tests, /\b(xit|xtest|xdescribe|fit|fdescribe)\(|\bctx\.skip\(/)).toEqual([]);
  });
});

describe('the sources', () => {
  test('name claims in the one table of claims; the client, which imports nothing, has its own', () => {
    // HTTP headers have names of the same form, in lower case or with capital letters.
    const claim = /\bx-ably-(?!errorcode|errormessage|version|clientid\b)|^ably\.(channel|room|limits)\b/;
    const naming = literals.filter(({ text }) => claim.test(text));
    expect(naming.map(({ file }) => file)).toContain('jwt/claims.ts');
    const mayName = ['jwt/claims.ts', 'jwt/warnings.ts', 'client/token.ts'];
    expect(naming.filter(({ file }) => !mayName.includes(file))).toEqual([]);
  });

  test("write Ably's error numbers in tables, and nowhere else", () => {
    const numbers = literals.filter(({ text }) =>
      /^(40\d{3}|42\d{3}|50\d{3}|80\d{3}|9[01]\d{3})$/.test(text),
    );
    expect(numbers.length).toBeGreaterThan(50);
    const tables = ['errors.ts', 'sandbox/protocol/errors.ts', 'revoke/results.ts', 'client/error.ts'];
    expect(numbers.filter(({ file }) => !tables.includes(file))).toEqual([]);
  });

  test('read the secret of a key where it signs, authenticates or is struck out, and nowhere else', () => {
    const reading = repositoryFiles(/^src\//).filter((file) => /\bsecretOf\b/.test(read(file)));
    expect(reading).toEqual([
      'src/jwt/jws.ts',
      'src/jwt/key.ts',
      'src/revoke/foreign.ts',
      'src/revoke/revoke.ts',
    ]);
  });
});
