import { readFileSync } from 'node:fs';
import { root } from '../../docs/support/snippets.js';

/** A row of a table: the call of an SDK that it is about, and the text in each column. */
export interface Row {
  readonly call: string;
  readonly cells: readonly string[];
}

/** The rows of the tables below a heading of a guide that have a call, such as `room.messages.send`, in them. */
export function rowsOf(guide: string, heading: string): Row[] {
  return tableBelow(guide, heading).flatMap((cells) => {
    const call = /`(\w+(?:\.\w+)+)`/.exec(cells.join())?.[1];
    return call === undefined ? [] : [{ call, cells }];
  });
}

/** The rows of the tables below a heading of a guide, as the text in each column. */
export function tableBelow(guide: string, heading: string): string[][] {
  const [, below] = readFileSync(root + guide, 'utf8').split(`\n${heading}\n`);
  if (below === undefined) throw new Error(`${guide} has no heading "${heading}".`);
  const rows = below.split(/\n##/, 1)[0]!.match(/^\|.*\|$/gm) ?? [];
  return rows.slice(2).map((row) => row.split('|').slice(1, -1));
}

/** What a cell has in code, such as the names of operations. */
export const codeIn = (cell: string): string[] => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!);
