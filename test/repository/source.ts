import { posix } from 'node:path';
import ts from 'typescript';
import { read, repositoryFiles } from './repository.js';

/** One import of a source file. */
export interface Import {
  /** The importing file, as a path inside `src/`. */
  readonly from: string;
  /** The imported file inside `src/`, or the name of a package. */
  readonly to: string;
  readonly kind: 'value' | 'type' | 'dynamic';
}

/** A literal in a source file: a string's text, a part of a template, a number, or a regular expression. */
export interface Literal {
  readonly file: string;
  readonly text: string;
}

export const sourceFiles = repositoryFiles(/^src\/.*\.ts$/).map((file) => file.slice('src/'.length));

const trees = sourceFiles.map((file) =>
  ts.createSourceFile(file, read(`src/${file}`), ts.ScriptTarget.ESNext, true),
);

/** Every import and re-export of the sources, in whatever form. */
export const imports: readonly Import[] = trees.flatMap((tree) => {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, kind: Import['kind']) => {
    if (specifier === undefined) return;
    if (!ts.isStringLiteralLike(specifier))
      throw new Error(`${tree.fileName} imports what is not a plain string: ${specifier.getText()}`);
    const { text } = specifier;
    const to = text.startsWith('.')
      ? posix.join(posix.dirname(tree.fileName), text).replace(/\.js$/, '.ts')
      : text;
    found.push({ from: tree.fileName, to, kind });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const bindings = node.importClause?.namedBindings;
      const onlyTypes =
        node.importClause?.isTypeOnly ||
        (node.importClause?.name === undefined &&
          bindings !== undefined &&
          ts.isNamedImports(bindings) &&
          bindings.elements.every(({ isTypeOnly }) => isTypeOnly));
      add(node.moduleSpecifier, onlyTypes ? 'type' : 'value');
    } else if (ts.isExportDeclaration(node)) {
      const clause = node.exportClause;
      const onlyTypes =
        node.isTypeOnly ||
        (clause !== undefined &&
          ts.isNamedExports(clause) &&
          clause.elements.every(({ isTypeOnly }) => isTypeOnly));
      add(node.moduleSpecifier, onlyTypes ? 'type' : 'value');
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument, 'type');
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], 'dynamic');
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
});

/** Every literal of the sources; what stands in comments is none. */
export const literals: readonly Literal[] = trees.flatMap((tree) => {
  const found: Literal[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isStringLiteralLike(node) ||
      ts.isNumericLiteral(node) ||
      ts.isRegularExpressionLiteral(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddleOrTemplateTail(node)
    ) {
      // A number as it is written, so that 50_000 is not taken for the code 50000.
      found.push({ file: tree.fileName, text: ts.isNumericLiteral(node) ? node.getText() : node.text });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
});
