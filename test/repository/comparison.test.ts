import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as Ably from 'ably';
import { createAblyJwt, decodeAblyJwt, verifyAblyJwt } from 'ably-jwt';
import { createAuthCallback } from 'ably-jwt/client';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import jwt from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, said } from '../support/errors.js';
import { read } from './repository.js';

/** The cells of a row of README.md's comparison: jsonwebtoken, createTokenRequest, this package. */
function row(label: string): [byHand: string, tokenRequest: string, ours: string] {
  const [, section = ''] = read('README.md').split('\n## How it compares\n');
  const line = section.split('\n').find((text) => text.startsWith(`| ${label} |`));
  if (line === undefined) throw new Error(`README.md compares no "${label}".`);
  const [, , byHand = '', tokenRequest = '', , ours = ''] = line.split('|').map((cell) => cell.trim());
  return [byHand, tokenRequest, ours];
}

let sandbox: AblySandbox;
let rest: Ably.Rest;
beforeAll(async () => {
  sandbox = await startAblySandbox();
  rest = new Ably.Rest({ ...sandbox.clientOptions, key: sandbox.apiKey });
});
afterAll(() => sandbox.close());

/** A token signed with jsonwebtoken, the way people do it by hand. */
function byHand(claims: object, expiresIn: jwt.SignOptions['expiresIn'] = 3600): string {
  const [keyName = '', secret = ''] = sandbox.apiKey.split(':');
  return jwt.sign(claims, secret, { keyid: keyName, ...(expiresIn === undefined ? {} : { expiresIn }) });
}

/** What a client gets for a request that createTokenRequest has signed. */
async function traded(params: Ably.TokenParams & { [name: string]: unknown }): Promise<Ably.TokenDetails> {
  const request = await rest.auth.createTokenRequest(params);
  return new Ably.Rest({
    ...sandbox.clientOptions,
    authCallback: (_, callback) => callback(null, request),
  }).auth.requestToken();
}

const chat = { chat: ['subscribe'] as const };
const seconds = (from: Date, to: Date) => (to.getTime() - from.getTime()) / 1000;

describe('the comparison in README.md', () => {
  test('counts the requests to Ably for a token', async () => {
    const asked = async (authCallback: NonNullable<Ably.ClientOptions['authCallback']>) => {
      const before = sandbox.requests.length;
      const client = new Ably.Realtime({ ...sandbox.clientOptions, authCallback });
      await client.connection.whenState('connected');
      client.close();
      return sandbox.requests.slice(before).filter(({ path }) => path.endsWith('/requestToken')).length;
    };
    const request = await rest.auth.createTokenRequest({ capability: JSON.stringify(chat) });
    const counted = [
      await asked((_, callback) => callback(null, byHand({ 'x-ably-capability': JSON.stringify(chat) }))),
      await asked((_, callback) => callback(null, request)),
      await asked(createAuthCallback(() => createAblyJwt(sandbox.apiKey, { capability: chat }))),
    ];
    expect(row('requests to Ably for a token').map((cell) => Number.parseInt(cell, 10))).toEqual(counted);
  });

  test('tells what a lifetime of 3600 is', async () => {
    const lifetime = (token: string) => {
      const { issuedAt, expiresAt } = decodeAblyJwt(token);
      return seconds(issuedAt, expiresAt);
    };
    expect(lifetime(byHand({}, 3600))).toBe(3600);
    expect(lifetime(byHand({}, '3600' as never))).toBe(3);
    const { issued, expires } = await traded({ ttl: 3600 });
    expect((expires - issued) / 1000).toBe(3.6);
    const error = await errorOf(() =>
      createAblyJwt(sandbox.apiKey, { capability: chat, ttl: 3600 as never }),
    );
    expect(said(error)).toContain("'3600s'");
    expect(row('a lifetime of `3600` is')).toEqual([
      "1 h, but `'3600'` is 3 s",
      '3.6 s',
      "an error: write `'1h'`",
    ]);
  });

  test('says what happens to a misspelled operation', async () => {
    const misspelt = JSON.stringify({ chat: ['pubish'] });
    const token = byHand({ 'x-ably-capability': misspelt });
    expect((await verifyAblyJwt(token, sandbox.apiKey)).capability).toEqual({ chat: ['pubish'] });
    expect((await rest.auth.createTokenRequest({ capability: misspelt })).capability).toBe(misspelt);
    const error = await errorOf(() =>
      createAblyJwt(sandbox.apiKey, { capability: { chat: ['pubish' as 'publish'] } }),
    );
    expect(said(error)).toContain('Did you mean "publish"?');
    expect(row('a misspelled operation')).toEqual(['signed', 'signed', 'an error, with a suggestion']);
  });

  test('tells what no capability grants', async () => {
    const { capability, can } = await verifyAblyJwt(byHand({}), sandbox.apiKey);
    expect([capability, can('publish', 'anything')]).toEqual([undefined, true]);
    expect(JSON.parse((await traded({})).capability)).toEqual(sandbox.keys[0]?.capability);
    const error = await errorOf(() => createAblyJwt(sandbox.apiKey, {} as never));
    expect(said(error)).toContain("'inherit'");
    expect(row('no capability')).toEqual([
      'every right of the key',
      'every right of the key',
      "an error: write `'inherit'`",
    ]);
  });

  test('says what happens to a misspelled option', async () => {
    const token = byHand({ 'x-ably-clientID': 'alice' });
    expect((await verifyAblyJwt(token, sandbox.apiKey)).clientId).toBeUndefined();
    expect((await traded({ clientID: 'alice' })).clientId).toBeUndefined();
    const error = await errorOf(() =>
      createAblyJwt(sandbox.apiKey, { capability: chat, clientID: 'alice' } as never),
    );
    expect(said(error)).toContain('Did you mean "clientId"?');
    expect(row('a misspelled option (`clientID`)')).toEqual([
      'signed, anonymous',
      'signed, anonymous',
      'an error, with a suggestion',
    ]);
  });

  test('tells who can write channel claims, rate limits and revocation keys', async () => {
    const request = await rest.auth.createTokenRequest({ ttl: 60_000, clientId: 'alice', capability: '{}' });
    // All that such a request can say.
    expect(Object.keys(request).sort()).toEqual([
      ...['capability', 'clientId', 'keyName', 'mac', 'nonce', 'timestamp', 'ttl'],
    ]);
    const claims = {
      'ably.channel.chat': 'editor',
      'ably.limits.publish.perAttachment.maxRate.chat': 5,
      'x-ably-revocation-key': 'session-1',
    };
    const options = {
      channelClaims: { chat: 'editor' },
      publishRateLimits: { chat: 5 },
      revocationKey: 'session-1',
    };
    const tokens = [
      byHand(claims),
      await createAblyJwt(sandbox.apiKey, { capability: 'inherit', ...options }),
    ];
    for (const token of tokens) expect(await verifyAblyJwt(token, sandbox.apiKey)).toMatchObject(options);
    expect(row('channel claims, rate limits, revocation keys')).toEqual([
      'by the names of their claims',
      'no',
      'options',
    ]);
  });

  test('counts the packages that npm installs', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    const ours = new Set(Object.keys(dependencies).flatMap((name) => [...packagesOf(name)])).size + 1;
    expect(row('packages installed')).toEqual([
      String(packagesOf('jsonwebtoken').size),
      String(packagesOf('ably').size),
      String(ours),
    ]);
  });
});

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The folders of a package and of everything it depends on, as Node finds them. */
function packagesOf(name: string, from = root, found = new Set<string>()): Set<string> {
  let folder = from;
  while (!existsSync(join(folder, 'node_modules', name, 'package.json'))) {
    if (folder === dirname(folder)) throw new Error(`${name} is not installed.`);
    folder = dirname(folder);
  }
  const home = join(folder, 'node_modules', name);
  if (found.has(home)) return found;
  found.add(home);
  const { dependencies = {} } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as {
    dependencies?: object;
  };
  for (const dependency of Object.keys(dependencies)) packagesOf(dependency, home, found);
  return found;
}
