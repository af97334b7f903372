// Fails if the sources differ from a branch and no changeset was added since:
//
//   node scripts/changeset-check.mjs origin/main
import { execFileSync } from 'node:child_process';

const base = process.argv[2];
if (base === undefined) throw new Error('Usage: node scripts/changeset-check.mjs BRANCH');

const changed = (/** @type {string[]} */ ...args) =>
  execFileSync('git', ['diff', '--name-only', ...args], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
const sources = changed(`${base}...HEAD`, '--', 'src');
const changesets = changed('--diff-filter=A', `${base}...HEAD`, '--', '.changeset/*.md');

if (sources.length > 0 && changesets.length === 0) {
  console.error(
    `No changeset says what this changes for users:\n  ${sources.join('\n  ')}\n` +
      'Run `npx changeset`, or `npx changeset --empty` if users notice nothing.',
  );
  process.exitCode = 1;
}
