import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A piece of code in the README, a guide, or an `@example` of a docstring. */
export interface Snippet {
  /** Where it stands: file, relative to the repository's root, and the line of its first line of code. */
  readonly file: string;
  readonly line: number;
  readonly language: string;
  /** `run`: it is executed as well. `bad`: it shows how not to do it, and is left alone. */
  readonly flag: string;
  /** `file=koa/server.ts`: the app it belongs to, and the file of that app. A test writes that app out and runs it. */
  readonly app?: string;
  readonly path?: string;
  readonly code: string;
}

/** The guides whose apps are run, each with the folder of tests that has their packages and checks their types. */
export const appTests: Readonly<Record<string, string>> = {
  'docs/chat.md': 'test/products',
  'docs/frameworks.md': 'test/frameworks',
  'docs/identity-providers.md': 'test/identity',
  'docs/rate-limits.md': 'test/products',
  'docs/react.md': 'test/identity',
};

const compiled = new Set(['ts', 'tsx', 'js', 'jsx', 'mjs', 'cjs']);

/** The README and the guides, relative to the repository's root. */
export const markdownFiles: readonly string[] = [
  ...['README.md', 'CONTRIBUTING.md'].filter((file) => existsSync(root + file)),
  ...filesIn('docs', /^[^/]+\.md$/),
];

/** All code that readers may copy. */
export function collectSnippets(): Snippet[] {
  const sources = filesIn('src', /\.ts$/);
  return [
    ...markdownFiles.flatMap((file) => fences(file, readFileSync(root + file, 'utf8'))),
    ...sources.flatMap((file) => fences(file, docComments(readFileSync(root + file, 'utf8')))),
  ].filter(({ language, flag }) => compiled.has(language) && flag !== 'bad');
}

/** Writes the files of an app, as they stand in a guide, into a folder, and returns their paths in it. */
export function writeApp(guide: string, app: string, folder: string): string[] {
  const files = fences(guide, readFileSync(root + guide, 'utf8')).filter((snippet) => snippet.app === app);
  if (files.length === 0) throw new Error(`${guide} has no snippet with file=${app}/...`);
  return files.map(({ path, code }) => {
    mkdirSync(dirname(join(folder, path!)), { recursive: true });
    writeFileSync(join(folder, path!), `${code}\n`);
    return path!;
  });
}

/** The files below a folder whose path in it fits, relative to the repository's root. */
function filesIn(folder: string, fits: RegExp): string[] {
  const paths = readdirSync(root + folder, { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => fits.test(path))
    .sort()
    .map((path) => `${folder}/${path}`);
}

/** The text of a source's doc comments, each line where it was. */
function docComments(source: string): string {
  const blank = (text: string) => text.replace(/[^\n]+/g, '');
  let text = '';
  let end = 0;
  for (const comment of source.matchAll(/\/\*\*.*?\*\//gs)) {
    text += blank(source.slice(end, comment.index)) + comment[0].replace(/^\s*(\/\*\*|\*\/|\* ?)/gm, '');
    end = comment.index + comment[0].length;
  }
  return text + blank(source.slice(end));
}

/** The fenced code blocks of a Markdown text. */
function fences(file: string, markdown: string): Snippet[] {
  const snippets: Snippet[] = [];
  let open: { line: number; info: string; code: string[] } | undefined;
  for (const [n, text] of markdown.split('\n').entries()) {
    const fence = /^```\s*(.*)$/.exec(text);
    if (open === undefined) {
      if (fence !== null) open = { line: n + 2, info: fence[1]!, code: [] };
    } else if (fence === null) {
      open.code.push(text);
    } else {
      const [language = '', ...words] = open.info.trim().split(/\s+/);
      const flag = words.find((word) => !word.startsWith('file=')) ?? '';
      const [, app, path] = /(?:^| )file=([^/ ]+)\/(\S+)/.exec(words.join(' ')) ?? [];
      const target = app !== undefined && path !== undefined ? { app, path } : {};
      snippets.push({ file, line: open.line, language, flag, ...target, code: open.code.join('\n') });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`${file}:${open.line}: a code block that is never closed`);
  return snippets;
}
