import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The files of the repository, those not committed yet included, as paths from its root. */
export function repositoryFiles(pattern: RegExp): string[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const deleted = execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: root, encoding: 'utf8' });
  const gone = new Set(deleted.split('\0'));
  const files = list.split('\0').filter((file) => file !== '' && !gone.has(file) && pattern.test(file));
  if (files.length === 0) throw new Error(`No file of the repository matches ${pattern}.`);
  return [...new Set(files)].sort();
}

export function read(file: string): string {
  return readFileSync(`${root}/${file}`, 'utf8');
}
