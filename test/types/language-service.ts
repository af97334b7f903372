import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The compiler settings of this repository, where `ably-jwt` means the sources. */
function compilerOptions(): ts.CompilerOptions {
  const file = join(root, 'tsconfig.json');
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, dirname(file)).options;
}

/** An editor with one open file. */
export class Editor {
  readonly #file = join(root, 'test/types/open-file.ts');
  readonly #service: ts.LanguageService;
  #text = '';
  #version = 0;

  constructor() {
    const options = compilerOptions();
    const snapshot = (file: string) => {
      if (file === this.#file) return ts.ScriptSnapshot.fromString(this.#text);
      return ts.sys.fileExists(file) ? ts.ScriptSnapshot.fromString(readFileSync(file, 'utf8')) : undefined;
    };
    this.#service = ts.createLanguageService({
      getScriptFileNames: () => [this.#file],
      getScriptVersion: (file) => (file === this.#file ? String(this.#version) : '0'),
      getScriptSnapshot: snapshot,
      getCurrentDirectory: () => root,
      getCompilationSettings: () => options,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: (file) => file === this.#file || ts.sys.fileExists(file),
      readFile: ts.sys.readFile,
      readDirectory: ts.sys.readDirectory,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
    });
  }

  /** What the compiler says of a text: each message, its chain of reasons included. */
  errors(text: string): string[] {
    this.#open(text);
    return [
      ...this.#service.getSyntacticDiagnostics(this.#file),
      ...this.#service.getSemanticDiagnostics(this.#file),
    ].map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  }

  /** What the editor offers where the text has a `|`. */
  completions(text: string): string[] {
    const position = this.#open(text);
    const found = this.#service.getCompletionsAtPosition(this.#file, position, {});
    return found?.entries.map(({ name }) => name) ?? [];
  }

  /** What a person reads who points at the name behind the `|`: its type, its text and its tags. */
  hover(text: string): string {
    const position = this.#open(text);
    const found = this.#service.getQuickInfoAtPosition(this.#file, position);
    const tags = found?.tags?.map(({ name, text = [] }) => `@${name} ${ts.displayPartsToString(text)}`) ?? [];
    return [
      ts.displayPartsToString(found?.displayParts),
      ts.displayPartsToString(found?.documentation),
      ...tags,
    ].join('\n');
  }

  /** Opens a text, without the `|` that marks the caret; gives the caret's position. */
  #open(text: string): number {
    this.#text = text.replace('|', '');
    this.#version += 1;
    return text.indexOf('|');
  }
}
