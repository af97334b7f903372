import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { read, repositoryFiles } from './repository.js';

const workflows = repositoryFiles(/^\.github\/workflows\/.*\.ya?ml$/);
const manifest = JSON.parse(read('package.json')) as {
  readonly name: string;
  readonly version: string;
  readonly scripts: Record<string, string>;
  readonly repository?: object;
  readonly bugs?: { readonly url?: string };
  readonly homepage?: string;
  readonly license?: string;
  readonly author?: string;
  readonly description?: string;
};

/** The lines of a workflow's jobs: for each job, those from its name to the next one's. */
function jobs(workflow: string): string[] {
  const [, section = ''] = workflow.split(/^jobs:\n/m);
  return section.split(/^(?= {2}[\w-]+:\n)/m).filter((job) => /^ {2}\w/.test(job));
}

describe.each(workflows)('%s', (file) => {
  const workflow = read(file);

  test('pins every action to a commit, and says which version that is', () => {
    const uses = workflow.split('\n').filter((line) => /\buses:/.test(line));
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('grants the least: read by default, and each job what it names', () => {
    expect(workflow).toMatch(/^permissions:( \{\}|\n {2}contents: read)\n/m);
    const whole = workflow.includes('permissions:\n  contents: read');
    for (const job of jobs(workflow)) expect(whole || job.includes('\n    permissions:\n')).toBe(true);
    expect(workflow).not.toMatch(/write-all|pull_request_target/);
  });

  test('ends: every job has a time limit', () => {
    expect(jobs(workflow).length).toBeGreaterThan(0);
    for (const job of jobs(workflow)) expect(job).toMatch(/\n {4}timeout-minutes: \d+\n/);
  });

  test('puts no expression into a shell command', () => {
    const commands = [...workflow.matchAll(/\brun: (?!\|)(.*)|\brun: \|\n((?: {10,}.*\n)+)/g)].map(
      ([, line, block]) => line ?? block!,
    );
    for (const command of commands) expect(command).not.toMatch(/\$\{\{/);
  });

  test('runs scripts that package.json has', () => {
    const named = [...workflow.matchAll(/npm (?:run ([\w:-]+)|(test|start)\b)/g)].map(([, a, b]) => a ?? b!);
    expect(named.filter((script) => !Object.hasOwn(manifest.scripts, script))).toEqual([]);
  });
});

describe('CI', () => {
  const ci = read('.github/workflows/ci.yml');

  test('runs everything once, and the core on each operating system', () => {
    expect(ci.match(/run: npm test$/gm)).toHaveLength(1);
    expect(ci).toContain('os: [ubuntu-latest, macos-latest, windows-latest]');
    expect(ci).toContain('run: npm run test:fast');
  });

  test('asks for a changeset with each change of the sources', () => {
    expect(ci).toContain('node scripts/changeset-check.mjs "origin/$BASE"');
    const folder = mkdtempSync(join(tmpdir(), 'ably-jwt-changeset-'));
    const run = (program: string, ...args: string[]) =>
      execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
    const commit = (file: string) => {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      writeFileSync(join(folder, file), 'changed');
      run('git', 'add', '.');
      run('git', '-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '-q', '-m', 'Change');
    };
    const check = () => run(process.execPath, resolve('scripts/changeset-check.mjs'), 'main');
    try {
      run('git', 'init', '-q', '-b', 'main');
      commit('README.md');
      run('git', 'checkout', '-q', '-b', 'change');
      commit('docs/guide.md');
      expect(check()).toBe('');
      commit('src/jwt/sign.ts');
      expect(check).toThrow('No changeset says what this changes for users:\n  src/jwt/sign.ts');
      commit('.changeset/sign.md');
      expect(check()).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('the nightly run tries the mutations of every part', () => {
  const parts = [...read('scripts/mutation.mjs').matchAll(/^ {2}(\w+): \[/gm)].map(([, part]) => part!);
  const [, matrix = ''] = /^ {8}part: \[(.*)\]$/m.exec(read('.github/workflows/nightly.yml')) ?? [];
  expect(parts).toContain('verify');
  expect(matrix.split(', ').sort()).toEqual(parts.sort());
});

test('dependabot keeps each lockfile and the actions up to date', () => {
  const settings = read('.github/dependabot.yml');
  for (const lockfile of repositoryFiles(/(^|\/)package-lock\.json$/)) {
    expect(settings).toContain(`'/${lockfile.replace(/\/?package-lock\.json$/, '')}'`);
  }
  expect(settings).toContain('package-ecosystem: github-actions');
});

describe('the release', () => {
  const release = read('.github/workflows/release.yml');

  test('gives the right to publish to one job, which runs nothing of the repository', () => {
    const holders = jobs(release).filter((job) => job.includes('id-token: write'));
    expect(holders).toHaveLength(1);
    expect(holders[0]).toContain('--provenance');
    expect(holders[0]).not.toMatch(/actions\/checkout|npm (ci|install|run|test)/);
  });

  test('packs where neither tests nor install scripts have run', () => {
    const [packing, ...more] = jobs(release).filter((job) => job.includes('npm pack'));
    expect(more).toEqual([]);
    expect(packing).toContain('npm ci --ignore-scripts\n');
    expect(packing).not.toMatch(/npm (ci|install)(?! --ignore-scripts)|npm test|cache: npm/);
  });

  test('is of a package that says whose it is, and where it comes from, without which npm takes no provenance', () => {
    const { repository, bugs, homepage, license, author, description } = manifest;
    for (const text of [license, author, description]) expect(text).toMatch(/\w/);
    expect(repository).toMatchObject({ type: 'git', url: expect.stringMatching(/^git\+https:\/\/.*\.git$/) });
    for (const url of [homepage, bugs?.url]) expect(url).toMatch(/^https:\/\//);
  });

  test('is of the version that CHANGELOG.md begins with', () => {
    const changelog = read('CHANGELOG.md');
    expect(changelog).toMatch(new RegExp(`^# ${manifest.name}\n`));
    expect(/^## (\S+)$/m.exec(changelog)?.[1]).toBe(manifest.version);
  });
});
