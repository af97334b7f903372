import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Comment, CommentTag, Converter } from 'typedoc';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where each guide stands in the navigation. A guide that is missing here is an error. */
const groups = {
  Start: [
    'README',
    'implementing-jwt-authentication',
    'frameworks',
    'identity-providers',
    'react',
    'command-line',
  ],
  Guides: [
    'capabilities',
    'identity',
    'renewal-and-errors',
    'growing-rights',
    'revocation',
    'keys',
    'rate-limits',
    'chat',
    'devices',
    'embedding',
    'testing',
    'emulator',
    'troubleshooting',
    'migrating',
  ],
  Project: ['security', 'threat-model', 'fidelity', 'vectors', 'performance', 'architecture'],
};

/** What the functions of the main module are for, by the file that they are in. */
const purposes = /** @type {const} */ ([
  ['Serve', /src\/endpoint\//],
  ['Sign', /src\/jwt\/(sign|options|key|duration|lifetime|encode)\.ts|src\/util\//],
  ['Check', /src\/jwt\/(verify|explain|decode|claims|checks|warnings|compact)\.ts/],
  ['Capabilities', /src\/capability\//],
  ['Embed and revoke', /src\/jwt\/embed\.ts|src\/revoke\//],
  ['Client', /src\/client\//],
  ['Errors', /src\/errors\.ts/],
]);

/**
 * @param {import('typedoc').DeclarationReflection | import('typedoc').ReferenceReflection} reflection
 * @param {string} name
 */
function setGroup(reflection, name) {
  const tag = new CommentTag('@group', [{ kind: 'text', text: name }]);
  // A function's comment is its signature's.
  for (const target of [reflection, ...(reflection.signatures ?? [])]) {
    if (target === reflection || target.comment !== undefined) {
      target.comment ??= new Comment();
      target.comment.blockTags = target.comment.blockTags.filter(({ tag: other }) => other !== '@group');
      target.comment.blockTags.push(tag);
    }
  }
}

/**
 * What the site has beside TypeDoc's pages: groups in its navigation, a search that finds guides first and shows where,
 * a page that explains a token, the test vectors, and all guides as text for language models.
 *
 * @param {import('typedoc').Application} app
 */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    document.name = basename(document.name);
    const group = Object.entries(groups).find(([, names]) => names.includes(document.name))?.[0];
    if (group === undefined)
      app.logger.error(`docs/${document.name}.md is in no group of ${import.meta.url}`);
    else document.frontmatter.group = group;
  });

  // Before TypeDoc sorts everything into its groups, which are kinds.
  app.converter.on(
    Converter.EVENT_RESOLVE_BEGIN,
    ({ project }) => {
      for (const module of project.children ?? []) {
        setGroup(module, 'Reference');
        for (const child of module.name === 'index' ? (module.children ?? []) : []) {
          const file = child.sources?.[0]?.fullFileName ?? '';
          const purpose = purposes.find(([, files]) => files.test(file))?.[0];
          if (purpose !== undefined) setGroup(child, purpose);
          else if (!child.isReference()) app.logger.error(`${file} is for no purpose of ${import.meta.url}`);
          else setGroup(child, 'Client');
        }
      }
    },
    1000,
  );

  app.renderer.postRenderAsyncJobs.push(async ({ outputDirectory }) => {
    await writeSearch(outputDirectory);
    await writeTokenPage(outputDirectory);
    await writeTexts(outputDirectory, app.options.getValue('projectDocuments'));
    await mkdir(join(outputDirectory, 'vectors'), { recursive: true });
    for (const file of await readdir(join(root, 'vectors')))
      await copyFile(join(root, 'vectors', file), join(outputDirectory, 'vectors', file));
  });
}

/**
 * One entry a section of a guide: its address, its headings, its text.
 *
 * @param {string} site
 */
async function writeSearch(site) {
  const sections = [];
  for (const file of (await readdir(join(site, 'guides'))).filter((name) => name.endsWith('.html')).sort()) {
    const html = await readFile(join(site, 'guides', file), 'utf8');
    const [, content] = html
      .split('<div class="tsd-panel tsd-typography">', 2)
      .flatMap((part) => part.split('<div class="col-sidebar">', 1));
    if (content === undefined) throw new Error(`guides/${file} has another form than expected.`);
    let title = '';
    for (const part of content.split(/(?=<h[1-3] id=")/)) {
      const [, level, id, heading] = /^<h([1-3]) id="([^"]*)"[^>]*>([\s\S]*?)<\/h\1>/.exec(part) ?? [];
      if (id === undefined) continue;
      if (level === '1') title = plain(heading);
      sections.push({
        url: `guides/${file}${level === '1' ? '' : `#${id}`}`,
        title,
        heading: level === '1' ? '' : plain(heading),
        text: plain(part.replace(/^<h[\s\S]*?<\/h\d>/, '')),
      });
    }
  }
  await writeFile(join(site, 'assets/guides.json'), JSON.stringify(sections));
}

/** @param {string} html */
function plain(html) {
  return html
    .replace(/<svg[\s\S]*?<\/svg>|<button[\s\S]*?<\/button>/g, '')
    .replace(/<(br|\/p|\/li|\/td|\/th|\/pre|\/h\d)[^>]*>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * The page that explains a token: one script, made of this package itself, and nothing that could send the token away.
 *
 * @param {string} site
 */
async function writeTokenPage(site) {
  await build({
    entryPoints: [join(root, 'docs/site-parts/token.js')],
    outfile: join(site, 'assets/token.js'),
    tsconfig: join(root, 'tsconfig.json'),
    bundle: true,
    format: 'esm',
    minify: true,
    legalComments: 'none',
    // Only for signing where there is no node:crypto, which the page doesn't do.
    external: ['jose'],
    logLevel: 'error',
  });
  await copyFile(join(root, 'docs/site-parts/token.html'), join(site, 'token.html'));
  await copyFile(join(root, 'docs/site-parts/token.css'), join(site, 'assets/token.css'));
}

/**
 * llms.txt names the guides; guides.txt holds them all.
 *
 * @param {string} site
 * @param {readonly string[]} documents
 */
async function writeTexts(site, documents) {
  const list = [];
  const all = [];
  for (const path of documents) {
    const text = await readFile(path, 'utf8');
    const title = /^# (.+)$/m.exec(text)?.[1];
    const name = basename(path).replace(/README\.md$/, 'index.md');
    const summary =
      /^# .+\n+(?!```|\||#|<)([^\n]+(?:\n[^\n]+)*)/m.exec(text)?.[1]?.replaceAll('\n', ' ') ?? '';
    list.push(
      `- [${title}](guides/${name.replace(/\.md$/, '.html')}): ${summary.split(/(?<=[.?!])\s/, 1)[0]}`,
    );
    all.push(text.trim());
  }
  const about =
    'Sign Ably JWTs on any backend, renew them in the client, and test it all without an account.';
  await writeFile(
    join(site, 'llms.txt'),
    `# ably-jwt\n\n> ${about}\n\nAll guides in one file: [guides.txt](guides.txt)\n\n## Guides\n\n${list.join('\n')}\n`,
  );
  await writeFile(join(site, 'guides.txt'), `${all.join('\n\n---\n\n')}\n`);
}
