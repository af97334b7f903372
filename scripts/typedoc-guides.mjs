import { CommentTag, Converter, KindRouter, ReflectionKind } from 'typedoc';

/**
 * Makes pages of the guides in `docs/`: titled by their first heading, so that they need no front matter, which GitHub
 * would print as a table; at an address made of their file's name, which stays when a title changes; and with a link
 * from each `name` of the API to its page. Modules are called what one imports.
 *
 * @param {import('typedoc').Application} app
 */
export function load(app) {
  /** @type {Map<import('typedoc').Reflection, string>} */
  const addresses = new Map();

  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, reflection) => {
    const document = /** @type {import('typedoc').DocumentReflection} */ (reflection);
    const title = /^# (.+)$/m.exec(document.content.map((part) => part.text).join(''))?.[1];
    if (title === undefined) app.logger.error(`docs/${document.name}.md has no heading of the first level`);
    addresses.set(document, document.name === 'README' ? 'index' : document.name);
    document.name = title ?? document.name;
  });

  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      module.name =
        module.name === 'index' ? String(project.packageName) : `${project.packageName}/${module.name}`;
      // Members of an interface stay in the order of the source, where the important ones come first.
      const sort = new CommentTag('@sortStrategy', [{ kind: 'text', text: 'kind, alphabetical' }]);
      sort.skipRendering = true;
      module.comment?.blockTags.push(sort);
    }
    // What several modules export has its page in the one that TypeDoc reads first; the reader wants another order.
    for (const list of [project.children, project.childrenIncludingDocuments]) {
      list?.sort(
        (a, b) =>
          Number(b.isDocument()) - Number(a.isDocument()) || (a.isDocument() ? 0 : a.name < b.name ? -1 : 1),
      );
    }
  });

  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    const names = new Map();
    for (const module of project.children ?? []) {
      for (const child of module.children ?? []) if (!child.isReference()) names.set(child.name, child);
    }
    for (const document of addresses.keys())
      linkNames(/** @type {import('typedoc').DocumentReflection} */ (document).content, names);
  });

  app.renderer.defineRouter(
    'guides',
    class extends KindRouter {
      /**
       * @param {import('typedoc').Reflection} reflection
       * @override
       */
      getIdealBaseName(reflection) {
        return reflection.kindOf(ReflectionKind.Document)
          ? `guides/${addresses.get(reflection)}`
          : super.getIdealBaseName(reflection);
      }
    },
  );
}

/**
 * @param {import('typedoc').CommentDisplayPart[]} content
 * @param {Map<string, import('typedoc').Reflection>} names
 */
function linkNames(content, names) {
  for (const [n, part] of content.entries()) {
    const [, name, call = ''] = part.kind === 'code' ? (/^`(\w+)(\(\))?`$/.exec(part.text) ?? []) : [];
    const target = names.get(name);
    if (target !== undefined)
      content[n] = { kind: 'inline-tag', tag: '@linkcode', target, text: name + call };
  }
}
