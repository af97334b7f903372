import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createAblyJwt, decodeAblyJwt, verifyAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { fileOf, inherited, key, program, type Ran, run, secret, withKey } from './run.js';

const token = (options: object = {}) =>
  createAblyJwt(key, { capability: { 'chat:*': ['subscribe'] }, clientId: 'alice', ...options });
const capability = ['--capability', '{"chat:*":["subscribe"]}'];

const isSilentOn = (ran: Ran) => expect(ran.stdout + ran.stderr).not.toContain(secret);

describe('create', () => {
  test('prints the token alone, and what it grants beside it', async () => {
    const ran = await run(['create', ...capability, '--client-id', 'alice', '--ttl', '15m'], withKey);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(ran.stderr).toContain('clientId: alice');
    expect(ran.stderr).toContain('(15 minutes)');
    expect(ran.stderr).toContain('on chat:*: subscribe');
    expect(ran.stderr).not.toContain('warning');
    isSilentOn(ran);
    expect(await verifyAblyJwt(ran.stdout.trim(), key)).toMatchObject({ clientId: 'alice' });
  });

  test('has a flag for every option', async () => {
    const flags = {
      capability: '{"chat:*":["subscribe"]}',
      'client-id': 'alice',
      'client-type': 'server',
      ttl: '30m',
      'revocation-key': 'session-7',
      'channel-claims': '{"chat:*":"moderator"}',
      'room-claims': '{"lobby":{"level":3}}',
      'publish-rate-limits': '{"chat:*":5}',
      claims: '{"plan":"pro"}',
      'issued-at': '2026-01-31T12:00:00Z',
      backdate: '10s',
    };
    const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    const { code, stdout } = await run(['create', '--revocable', ...args], withKey);
    const options = {
      capability: flags.capability,
      clientId: 'alice',
      clientType: 'server',
      ttl: '30m',
      revocationKey: 'session-7',
      channelClaims: { 'chat:*': 'moderator' },
      roomClaims: { lobby: { level: 3 } },
      publishRateLimits: { 'chat:*': 5 },
      claims: { plan: 'pro' },
      issuedAt: new Date(flags['issued-at']),
      backdate: '10s',
      revocable: true,
    } as const;
    expect({ code, token: stdout.trim() }).toEqual({ code: 0, token: await createAblyJwt(key, options) });
  });

  test('takes any identity only when asked to', async () => {
    const { stdout, stderr } = await run(['create', ...capability, '--any-client-id'], withKey);
    expect(decodeAblyJwt(stdout.trim()).clientId).toBe('*');
    expect(stderr).toContain('CLIENT_ID_WILDCARD');
  });

  test('takes the key from standard input, with or without a new line', async () => {
    for (const stdin of [key, `${key}\n`, `${key}\r\n`]) {
      const ran = await run(['create', ...capability, '--key-stdin'], {
        stdin,
        env: { ABLY_API_KEY: 'other1.keyId1:andItsSecret12345' },
      });
      expect(ran.code).toBe(0);
      expect(await verifyAblyJwt(ran.stdout.trim(), key)).toBeDefined();
      isSilentOn(ran);
    }
  });

  test.each<[string, string[], string]>([
    ['no capability', [], 'create needs --capability'],
    ['a capability that is no JSON', ['--capability', '*'], '--capability'],
    ['a bare number as ttl', [...capability, '--ttl', '3600'], '--ttl must be'],
    ['more than a day', [...capability, '--ttl', '2d'], '--ttl is "2d"'],
    ['more than an hour', [...capability, '--ttl', '2h', '--revocable'], '--ttl is "2h"'],
    ['"*" as a name', [...capability, '--client-id', '*'], '--any-client-id'],
    ['two identities', [...capability, '--client-id', 'a', '--any-client-id'], 'exclude each other'],
    ['claims that are no JSON', [...capability, '--claims', 'plan=pro'], '--claims must be JSON'],
    ['reserved claims', [...capability, '--claims', '{"exp":1}'], 'exp'],
    ['a time without a zone', [...capability, '--issued-at', '2026-01-31T12:00:00'], 'with its zone'],
    ['a time that does not exist', [...capability, '--issued-at', '2026-13-31T12:00:00Z'], 'with its zone'],
    ['an argument too many', [...capability, 'extra'], 'an argument too many: "extra"'],
    ['a flag twice', [...capability, '--ttl', '1h', '--ttl=2h'], '--ttl was given twice'],
    ['a flag without its value', [...capability, '--ttl'], '--ttl needs a value: --ttl DURATION'],
    ['a flag as a value', [...capability, '--ttl', '--revocable'], '--ttl needs a value'],
    ['a value for a switch', [...capability, '--revocable=yes'], '--revocable is a switch'],
    ['a flag without its end', [...capability, '--client', 'a'], 'Did you mean "--client-id"?'],
    ['a misspelled flag', [...capability, '--clientid', 'a'], 'Did you mean "--client-id"?'],
  ])('exits with 2 for %s', async (_, args, expected) => {
    const { code, stdout, stderr } = await run(['create', ...args], withKey);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(expected);
  });

  test('exits with 2 without a key, and for what is none', async () => {
    const without = await run(['create', ...capability]);
    expect(without.code).toBe(2);
    expect(without.stderr).toContain('There is no API key.');
    const wrong = await run(['create', ...capability, '--key-stdin'], { stdin: `"${key}"` });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('in quotes');
    isSilentOn(wrong);
  });
});

describe('a key among the arguments', () => {
  test.each<[string, string[]]>([
    ['of create', ['create', key]],
    ['as a flag', ['create', '--key', key]],
    ['as a flag with =', ['create', `--key=${key}`]],
    ['as a short flag', ['create', '-k', key]],
    ['of explain', ['explain', key]],
    ['of check', ['check', 'http://localhost/auth', key]],
    ['in place of a command', [key]],
    ['of another form', ['create', '--api-key', 'app.key:secret']],
    ['of another form, alone', ['create', 'app.key:secret']],
  ])('%s is refused with 2 and not repeated', async (_, args) => {
    const ran = await run(args);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('history of your shell');
    expect(ran.stdout + ran.stderr).not.toMatch(/CanarySecret|key:secret/);
  });

  test('is known by the environment too, wherever it stands', async () => {
    const odd = 'a.b:c-d-e';
    const { code, stderr } = await run(['can', 'publish', `x${odd}`], { env: { ABLY_API_KEY: odd } });
    expect(code).toBe(2);
    expect(stderr).not.toContain(odd);
    // What is no key is no reason to refuse arguments that happen to hold it.
    expect((await run(['can', '--help'], { env: { ABLY_API_KEY: 'a' } })).code).toBe(0);
  });
});

describe('explain', () => {
  test('takes a token from an argument, from standard input, and with a new line at its end', async () => {
    const jwt = await token();
    const ways: [string[], string][] = [
      [['explain', jwt], ''],
      [['explain', '-'], jwt],
      [['explain'], `${jwt}\n`],
    ];
    for (const [args, stdin] of ways) {
      const { code, stdout } = await run(args, { ...withKey, stdin });
      expect(code).toBe(0);
      expect(stdout).toContain('Ably would accept this token.');
      expect(stdout).toContain('clientId: alice');
      expect(stdout).not.toContain(jwt.split('.')[2]);
    }
  });

  test('exits with 1 when Ably refuses the token, and says what to change', async () => {
    const expired = await token({ issuedAt: new Date(0) });
    const { code, stdout } = await run(['explain'], { ...withKey, stdin: expired });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^error TOKEN_EXPIRED \(Ably's code 40142\)\n {2}\S.*\n {2}→ \S/m);
    expect(stdout).toContain('Ably refuses this token. 1 error.');
  });

  test('checks the signature with the key of the environment, and says when it can not', async () => {
    const stdin = await createAblyJwt('abcdef.ghijkl:AnotherSecret123456', {
      capability: { a: ['publish'] },
    });
    expect((await run(['explain'], { ...withKey, stdin })).stdout).toContain('error SIGNATURE_INVALID');
    const without = await run(['explain'], { stdin });
    expect(without.code).toBe(0);
    expect(without.stdout).toContain('warning SIGNATURE_UNCHECKED');
    expect(without.stdout).toContain('Ably would accept this token. 1 warning.');
  });

  test('--revocable and --clock-tolerance are those of explainAblyJwt', async () => {
    const long = await token({ ttl: '2h' });
    expect((await run(['explain', '--revocable'], { ...withKey, stdin: long })).stdout).toContain(
      'TTL_TOO_LONG',
    );
    const early = await token({ issuedAt: new Date(Date.now() + 300_000) });
    expect((await run(['explain'], { ...withKey, stdin: early })).code).toBe(1);
    expect((await run(['explain', '--clock-tolerance', '10m'], { ...withKey, stdin: early })).code).toBe(0);
    expect((await run(['explain', '--clock-tolerance', '10'], { ...withKey, stdin: early })).code).toBe(2);
  });

  test('--json prints the findings', async () => {
    const { code, stdout } = await run(['explain', '--json'], { stdin: 'hello' });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([{ code: 'TOKEN_MALFORMED', severity: 'error' }]);
  });

  test('lets no control character of a token through', async () => {
    const stdin = await token({ clientId: 'a\u001b[2Jb\u202ec' });
    const { stdout } = await run(['explain'], { ...withKey, stdin });
    expect(stdout).toContain('clientId: a\\u001b[2Jb\\u202ec');
  });
});

describe('can', () => {
  test('answers yes with 0 and no with 1', async () => {
    const stdin = await token();
    expect(await run(['can', 'subscribe', 'chat:7'], { ...withKey, stdin })).toMatchObject({
      code: 0,
      stdout: 'yes\n',
    });
    const no = await run(['can', 'publish', 'chat:7'], { stdin });
    expect(no).toMatchObject({ code: 1, stdout: 'no\n' });
    expect(no.stderr).toContain('subscribe on chat:*');
  });

  test('says that an inherited capability is that of the key', async () => {
    const { code, stderr } = await run(['can', 'publish', 'a'], {
      stdin: await token({ capability: 'inherit' }),
    });
    expect(code).toBe(0);
    expect(stderr).toContain('every right of its key');
  });

  test('exits with 1 for a token that Ably refuses: verified with a key, read without one', async () => {
    const stdin = await createAblyJwt('abcdef.ghijkl:AnotherSecret123456', {
      capability: { a: ['publish'] },
    });
    const verified = await run(['can', 'publish', 'a'], { ...withKey, stdin });
    expect(verified).toMatchObject({ code: 1, stdout: '' });
    expect(verified.stderr).toContain('signature');
    expect((await run(['can', 'publish', 'a'], { stdin })).code).toBe(0);
    expect((await run(['can', 'publish', 'a'], { stdin: 'hello' })).code).toBe(1);
  });

  test('exits with 2 for an operation that is none, unless the token has it', async () => {
    const misspelled = await run(['can', 'publsh', 'a'], { stdin: await token() });
    expect(misspelled).toMatchObject({ code: 2, stdout: '' });
    expect(misspelled.stderr).toContain('Ably has no operation "publsh". Did you mean "publish"?');
    const newer = await token({ capability: '{"a":["teleport"]}' });
    expect((await run(['can', 'teleport', 'a'], { stdin: newer })).code).toBe(0);
  });

  test('exits with 2 without a channel', async () => {
    const { code, stderr } = await run(['can', 'publish']);
    expect(code).toBe(2);
    expect(stderr).toContain('can needs <channel>');
  });
});

describe('the command line', () => {
  test('--version is that of the package', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  const names = ['create', 'explain', 'can', 'check', 'sandbox'];
  test.each(names)('%s --help fits in 80 columns, with examples and exit codes', async (name) => {
    const { code, stdout, stderr } = await run([name, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage\n {2}ably-jwt /);
    expect(stdout).toMatch(/\nExamples\n {2}\S/);
    expect(stdout).toMatch(/\nExit codes\n {2}0 {2}\S/);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect((await run(['help', name])).stdout).toBe(stdout);
    expect((await run([name, '--nonsense', '-h'])).stdout).toBe(stdout);
  });

  test('shows its commands when there is none, and to --help', async () => {
    const { code, stdout } = await run([]);
    expect(code).toBe(0);
    for (const name of names) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect((await run(['--help'])).stdout).toBe(stdout);
  });

  test('suggests the command that was meant', async () => {
    const { code, stderr } = await run(['exlpain']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean "explain"?');
  });

  test('colors what goes to a terminal, and what it is told to', async () => {
    const plain = await run(['explain'], { stdin: 'hello' });
    expect(plain.stdout).not.toContain('\u001b');
    const colored = await run(['explain'], { stdin: 'hello', env: { FORCE_COLOR: '1' } });
    expect(colored.stdout).toContain('\u001b[31m');
    const refused = await run(['explain'], { stdin: 'hello', env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
    expect(refused.stdout).toBe(plain.stdout);
  });
});

test('an output that takes nothing, such as a full disk, is said in one line', async () => {
  // Opened for reading only.
  const closed = await open(await fileOf(''));
  const stdio: StdioOptions = ['ignore', closed.fd, 'pipe'];
  const child = spawn(process.execPath, [await program, '--version'], { env: inherited, stdio });
  let said = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [code] = await once(child, 'close');
  await closed.close();
  expect([code, said]).toEqual([1, "Standard output can't be written (EBADF).\n"]);
});
