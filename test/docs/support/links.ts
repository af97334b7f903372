import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A document's links to other files and to places in files; not those to other hosts. */
export interface Page {
  /** Its path, relative to the folder that is checked. */
  readonly path: string;
  readonly links: readonly string[];
  /** The anchors that a link may end in. */
  readonly anchors: ReadonlySet<string>;
}

const elsewhere = /^(https?:|mailto:|data:)/;

/** The links that lead nowhere, each as `page -> link`. */
export function brokenLinks(folder: string, pages: readonly Page[]): string[] {
  const known = new Map(pages.map((page) => [page.path, page]));
  return pages.flatMap(({ path, links }) =>
    links
      .filter((link) => !elsewhere.test(link) && !resolves(path, link))
      .map((link) => `${path} -> ${link}`),
  );

  function resolves(from: string, link: string): boolean {
    const [file = '', anchor] = link.split('#').map(decodeURIComponent) as [string, string?];
    const target = file === '' ? join(folder, from) : join(folder, dirname(from), file);
    if (!existsSync(target)) return false;
    return (
      anchor === undefined ||
      anchor === '' ||
      known.get(relative(folder, target))?.anchors.has(anchor) === true
    );
  }
}

/** A Markdown file. */
export function readMarkdown(folder: string, path: string): Page {
  const text = readFileSync(join(folder, path), 'utf8').replace(/^```.*?^```/gms, '');
  const prose = text.replace(/`[^`\n]*`/g, '');
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)|\b(?:src|href)="([^"]+)"/g)].map(
    (match) => match[1] ?? match[2]!,
  );
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map((match) => slug(match[1]!));
  return { path, links, anchors: new Set(headings) };
}

/** The anchor that GitHub gives a heading. */
const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

/** An HTML page. */
export function readHtml(folder: string, path: string): Page {
  const html = readFileSync(join(folder, path), 'utf8').replace(/<pre>.*?<\/pre>/gs, '');
  const values = (attributes: string) =>
    [...html.matchAll(new RegExp(` (?:${attributes})="([^"]*)"`, 'g'))].map((match) =>
      match[1]!.replaceAll('&amp;', '&'),
    );
  return { path, links: values('href|src'), anchors: new Set(values('id')) };
}
