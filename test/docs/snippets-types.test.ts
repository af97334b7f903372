import ts from 'typescript';
import { expect, test } from 'vitest';
import { collectSnippets, root, type Snippet } from './support/snippets.js';

/** Every snippet is a module of its own, as a reader would copy it, beside the code that stands for the reader's own. */
const modules = new Map<string, Snippet>(
  collectSnippets()
    .filter(({ app }) => app === undefined)
    .map((snippet) => {
      const name = `${snippet.file.replace(/\W/g, '-')}-${snippet.line}.${snippet.language}`;
      return [`${root}test/docs/support/${name}`, snippet];
    }),
);

test('every snippet of the README, the guides and the docstrings compiles, as strictly as the sources', () => {
  const { config } = ts.readConfigFile(`${root}docs/tsconfig.json`, ts.sys.readFile);
  const { options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, `${root}docs`);
  expect(errors).toEqual([]);
  const program = ts.createProgram([...modules.keys(), `${root}docs/stubs.d.ts`], options, hostWith(options));
  const faults = [...modules].flatMap(([path, { file, line }]) => {
    const source = program.getSourceFile(path)!;
    return ts.getPreEmitDiagnostics(program, source).map(({ start = 0, messageText }) => {
      const at = line + source.getLineAndCharacterOfPosition(start).line;
      return `${file}:${at} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  });
  expect(faults).toEqual([]);
}, 120_000);

/** A compiler's view of a disk on which the snippets are files. */
function hostWith(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile } = host;
  host.fileExists = (path) => modules.has(path) || fileExists(path);
  host.readFile = (path) => modules.get(path)?.code ?? readFile(path);
  return host;
}
