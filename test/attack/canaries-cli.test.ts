import { createAblyJwt } from 'ably-jwt';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { fileOf, type Ran, run, start } from '../cli/run.js';
import { testServers } from '../cli/serve.js';
import { Canaries } from './support/canaries.js';

// The command line along its error paths: what must stay hidden is in the environment, in files, in the arguments, on
// standard input, and in what a hostile server answers.
const secret = 'Hd8-wK3_yN6pZc1LtX4vRb9Q';
const key = `canary.aKey02:${secret}`;
const session = 'Ux5nJq2mWe7rTg0oPa4k';
const bearer = 'Bs9dVf3hKz6xLm1cYi8w';
const env = { ABLY_API_KEY: key };
const serve = testServers();

let token: string;
let signature: string;
let files: string[];
beforeAll(async () => {
  token = await createAblyJwt(key, { capability: 'inherit', clientId: 'alice' });
  signature = token.slice(token.lastIndexOf('.') + 1);
  files = [
    ...['--cookie-file', await fileOf(`theme=dark; sid=${session}`)],
    ...['--header-file', await fileOf(`Authorization: Bearer ${bearer}`)],
  ];
});

/** A process spends half of its time waiting. */
const inParallel = async <T>(list: readonly T[], action: (item: T) => Promise<void>) =>
  void (await Promise.all(list.map(action)));

const shown = ({ code, stdout, stderr }: Ran) => [code, stdout, stderr];
/** Every text that could act on a terminal: control characters but for the new line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
const acting = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

describe('no command shows the key', () => {
  const malformed = [`"${key}"`, ` ${key}`, `${key}\n`, secret, `${key} ${key}`, key.replace(':', '.')];
  const wrongFlags = (): [name: string, args: string[]][] => [
    ['create without a capability', ['create']],
    ['create with a key as capability', ['create', '--capability', secret]],
    [
      'create with a key in its claims',
      ['create', '--capability', 'inherit', '--claims', `{"exp":"${secret}"}`],
    ],
    ['create with half of JSON', ['create', '--capability', 'inherit', '--claims', `{"${secret}`]],
    ['create for too long', ['create', '--capability', 'inherit', '--ttl', '2d']],
    ['create with a secret as ttl', ['create', '--capability', 'inherit', '--ttl', secret]],
    ['can without a channel', ['can', 'publish']],
    ['explain of a token that is none', ['explain', secret]],
    ['explain of a forged token', ['explain', `${token}x`]],
    ['check of a server that is down', ['check', 'http://127.0.0.1:1/auth', ...files]],
    ['sandbox on a port that is none', ['sandbox', '--port', secret]],
    ['sandbox for an origin that is none', ['sandbox', '--port', '0', '--origin', secret]],
    ['a command that does not exist', [secret]],
    ['an unknown flag', ['create', `--${secret}`]],
  ];

  test('in its arguments', async () => {
    const canaries = new Canaries(secret);
    const everywhere = ['create', 'can', 'explain', 'check', 'sandbox'].flatMap((command, n) => [
      [command, key],
      [command, ...[[`--key=${key}`], ['--api-key', key], [`--header=Authorization: ${key}`]][n % 3]!],
    ]);
    await inParallel([[key], ...everywhere], async (args) => {
      const ran = await run(args, { env, stdin: token });
      canaries.see(args[0]!, shown(ran));
      expect([args.length, ran.code]).toEqual([args.length, 2]);
    });
    canaries.expectUnseen();
  });

  test('when it is malformed', async () => {
    const canaries = new Canaries(secret);
    await inParallel(malformed, async (wrong) => {
      const args = ['create', '--capability', 'inherit'];
      const inEnvironment = await run(args, { env: { ABLY_API_KEY: wrong } });
      canaries.see('environment', shown(inEnvironment));
      expect([wrong.length, inEnvironment.code]).toEqual([wrong.length, 2]);
      canaries.see('standard input', shown(await run([...args, '--key-stdin'], { stdin: wrong })));
    });
    const others = [['explain', token], ['check', await serve((_, response) => response.end())], ['sandbox']];
    for (const args of others)
      canaries.see(args[0]!, shown(await run(args, { env: { ABLY_API_KEY: `${key} ` } })));
    canaries.see(
      'can',
      shown(await run(['can', 'publish', 'a'], { env: { ABLY_API_KEY: secret }, stdin: token })),
    );
    canaries.expectUnseen();
  });

  test('when something else is wrong', async () => {
    const canaries = new Canaries(session, bearer, signature);
    const keys = new Canaries(secret);
    await inParallel(wrongFlags(), async ([name, args]) => {
      const ran = await run(args, { env, stdin: `${token}x` });
      canaries.see(name, shown(ran));
      // What is an argument may be repeated, unless it is a key or a token: it is in the process list already.
      if (!args.some((arg) => arg.includes(secret))) keys.see(name, shown(ran));
      expect([name, ran.code]).not.toEqual([name, 0]);
    });
    canaries.expectUnseen();
    keys.expectUnseen();
  });
});

describe('check', () => {
  /** Answers that repeat all that the server was sent, wherever an answer has room for it. */
  const echoes: [name: string, answer: (text: string) => [status: number, headers: object, body: unknown]][] =
    [
      ['a page', (text) => [200, { 'Content-Type': 'text/html' }, `<html>${text}`]],
      [
        'names in JSON',
        (text) => [200, { 'Content-Type': 'application/json' }, { [text]: 1, [text.slice(0, 30)]: 2 }],
      ],
      ['a type', (text) => [200, { 'Content-Type': `text/${text.replace(/[^\w-]/g, '')}` }, text]],
      [
        'an error of Ably',
        (text) => [401, { 'Content-Type': 'application/json' }, { error: { code: 40100, message: text } }],
      ],
      ['a redirect', (text) => [302, { Location: `/login?${encodeURIComponent(text)}` }, '']],
      ['CORS headers', (text) => [200, { 'Access-Control-Allow-Origin': text, 'Cache-Control': text }, text]],
      ['a text', (text) => [200, { 'Content-Type': 'text/plain' }, text]],
      [
        'a TokenRequest',
        (text) => [
          200,
          { 'Content-Type': 'application/json' },
          { mac: text, keyName: text, clientId: text, nonce: text },
        ],
      ],
      [
        'TokenDetails',
        (text) => [
          200,
          { 'Content-Type': 'application/json' },
          { token: `${token}.${text}`, issued: 1, clientId: text },
        ],
      ],
    ];

  test('shows neither session nor token of a server that repeats them', async () => {
    const canaries = new Canaries(session, bearer, signature, secret);
    await inParallel(echoes, async ([name, answer]) => {
      const url = await serve(({ headers }, response) => {
        const text = `${headers.cookie} ${headers.authorization} ${token} ${key}`;
        const [status, given, body] = answer(text);
        response.writeHead(status, { ...given }).end(typeof body === 'string' ? body : JSON.stringify(body));
      });
      canaries.see(name, shown(await run(['check', url, ...files], { env })));
    });
    canaries.expectUnseen();
    expect(canaries.count).toBe(echoes.length);
  });

  test('shows neither in what a token says whose claims repeat them, in words nor as JSON', async () => {
    const canaries = new Canaries(session, bearer, signature, secret);
    const url = await serve(async ({ headers }, response) => {
      const mine = await createAblyJwt(key, {
        capability: { [`chat:${headers.cookie ?? 'none'}`]: ['subscribe'] },
        clientId: `${headers.authorization}`,
        claims: { echo: [headers.cookie ?? '', token], id: btoa(`${headers.authorization?.slice(7)}`) },
      });
      response.writeHead(200, { 'Content-Type': 'application/jwt' }).end(mine);
    });
    for (const more of [[], ['--json']])
      canaries.see('check', shown(await run(['check', url, ...files, ...more], { env })));
    canaries.expectUnseen();
  });

  test('shows no part of a session that the endpoint decodes and puts into its tokens', async () => {
    const id = 'SessionIdCanary012345';
    const signed = 'SignatureCanary/67+89abcdef';
    const quotedValue = 'QuotedCanary0123';
    const canaries = new Canaries(id, signed, quotedValue);
    const cookie = `connect.sid=s%3A${id}.${encodeURIComponent(signed)}; seat="${quotedValue}"`;
    const url = await serve(async ({ headers }, response) => {
      const [sid = '', seat = ''] = (headers.cookie ?? cookie.replaceAll('Canary', '')).split('; ');
      const mine = await createAblyJwt(key, {
        capability: { [`chat:${decodeURIComponent(sid)}`]: ['subscribe'], [seat.slice(6, -1)]: ['publish'] },
        clientId: `user of ${decodeURIComponent(sid).slice(14).split('.', 1)[0]}`,
      });
      response.writeHead(200, { 'Content-Type': 'application/jwt' }).end(mine);
    });
    const ran = await run(['check', url, '--cookie-file', await fileOf(cookie)], { env });
    expect(ran.stdout).toContain('user of ***');
    canaries.see('check', shown(ran));
    canaries.expectUnseen();
  });

  test('does not take the session to where a server redirects', async () => {
    const seen: unknown[] = [];
    const elsewhere = await serve(({ headers }, response) => {
      seen.push(headers);
      response.end();
    });
    await inParallel([301, 302, 303, 307, 308], async (status) => {
      const url = await serve(
        (_, response) => void response.writeHead(status, { Location: elsewhere }).end(),
      );
      await run(['check', url, ...files], { env });
    });
    expect(seen).toEqual([]);
  });
});

describe('nothing acts on a terminal', () => {
  const evil =
    '\u001b[2J\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007\u009b31m\u202e\u2066\r\u0000\u0008x';
  const claims = { [evil]: evil, nested: { [evil]: [evil] } };
  const options = {
    capability: { [evil]: ['subscribe'] },
    clientId: evil,
    claims,
    revocationKey: evil,
  } as const;

  test('of what a token says', async () => {
    const jwt = await createAblyJwt(key, { ...options, channelClaims: { [evil]: evil } });
    for (const args of [
      ['explain', jwt],
      ['explain', jwt, '--json'],
      ['explain', `${jwt}${evil}`.replaceAll('\u0000', '')],
      ['can', 'publish', evil.replaceAll('\u0000', '')],
    ]) {
      const { stdout, stderr } = await run(args, { stdin: jwt, env });
      expect(stdout + stderr).not.toMatch(acting);
    }
  });

  test('of what an endpoint answers', async () => {
    const text = Buffer.from(evil)
      .toString('latin1')
      .replace(/[^\t\x20-\x7e\x80-\xff]/g, '');
    const url = await serve(async (_, response) => {
      const details = { token: await createAblyJwt(key, options), issued: 1, [evil]: evil };
      response.writeHead(200, { 'Content-Type': `application/json;${text}`, 'Cache-Control': text });
      response.end(JSON.stringify(details));
    });
    const page = await serve((_, response) =>
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ [evil]: evil })),
    );
    for (const address of [url, page, `${page}/${encodeURI(evil)}`]) {
      for (const more of [[], ['--json']]) {
        const { stdout, stderr } = await run(['check', address, ...more], { env });
        expect(stdout + stderr).not.toMatch(acting);
      }
    }
  });

  test('of what clients send to a sandbox, in words nor as JSON', async () => {
    for (const more of [[], ['--json']]) {
      const sandbox = await start(['sandbox', '--port', '0', ...more], { env });
      onTestFinished(async () => void (await sandbox.stop()));
      const [url] = /http:\/\/localhost:\d+/.exec(
        await sandbox.line((line) => /http:\/\/localhost:\d+/.test(line)),
      )!;
      const jwt = await createAblyJwt(key, { ...options, ttl: '1h' });
      const paths = [
        `/channels/${encodeURIComponent(evil)}/messages`,
        `/time?agent=${encodeURIComponent(evil)}`,
      ];
      for (const path of [...paths, '/last']) {
        const headers = {
          Authorization: `Bearer ${jwt}`,
          'X-Ably-ClientId': Buffer.from(evil).toString('base64'),
        };
        await fetch(url + path, { headers });
      }
      await sandbox.line((line) => line.includes('/last'));
      // The snippets above hold a tab, as Go wants it.
      expect(sandbox.output().replace(/^.*Watching\./s, '')).not.toMatch(acting);
    }
  });
});

test('a sandbox on the command line shows no credential, wherever a client puts one', async () => {
  const canaries = new Canaries(secret, signature);
  for (const more of [[], ['--json']]) {
    const sandbox = await start(['sandbox', '--port', '0', '--provisioning', ...more], { env });
    const [url] = /http:\/\/localhost:\d+/.exec(
      await sandbox.line((line) => /http:\/\/localhost:\d+/.test(line)),
    )!;
    const headers: Record<string, string>[] = [
      { Authorization: `Basic ${btoa(`${key}x`)}` },
      { Authorization: `Bearer ${token}x` },
      { Authorization: `Bearer ${key}` },
      { 'X-Ably-ClientId': btoa(key), Authorization: `Basic ${btoa(key)}` },
      { 'X-Ably-ClientId': btoa(token) },
      { 'Ably-Agent': `${key} ${token}` },
      { Accept: token },
    ];
    const paths = [
      ...[`/keys/${key}/requestToken`, `/channels/${key}/messages`, `/${token}`, `/?key=${key}`, '/time'],
      ...[`/time?agent=${key}`, `/channels/a/messages?clientId=${token}`, `/admin/${key}`, `/admin/${token}`],
    ];
    for (const path of paths)
      for (const header of headers) await (await fetch(url + path, { headers: header })).text();
    // Accepted tokens whose ids are a key and a token.
    for (const clientId of [key, token]) {
      const jwt = await createAblyJwt(key, { capability: 'inherit', clientId });
      await (
        await fetch(`${url}/channels/a/messages`, { headers: { Authorization: `Bearer ${jwt}` } })
      ).text();
    }
    await fetch(`${url}/last`);
    await sandbox.line((line) => line.includes('/last'));
    canaries.see('sandbox', shown(await sandbox.stop()));
  }
  canaries.expectUnseen();
});
