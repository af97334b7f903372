import { type Capability, createAblyJwt, explainAblyJwt, type Operation } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { read } from '../repository/repository.js';
import { errorOf } from '../support/errors.js';

const key = 'appId.keyId:secret';
const documented = [
  ...['subscribe', 'publish', 'presence', 'history', 'stats', 'channel-metadata', 'privileged-headers'],
  ...['object-subscribe', 'object-publish', 'annotation-subscribe', 'annotation-publish'],
  ...['message-update-own', 'message-update-any', 'message-delete-own', 'message-delete-any'],
  ...['push-subscribe', 'push-admin'],
] as Operation[];
const undocumented = [
  'message-subscribe',
  'presence-subscribe',
  'channel-metadata:publishers',
  'list-channels',
  'connection-metadata',
];
const codesOf = async (capability: string) =>
  (await explainAblyJwt(await createAblyJwt(key, { capability, clientId: 'alice' }), key)).map(
    ({ code }) => code,
  );

describe('an operation', () => {
  test.each([...documented, ...undocumented])(
    'that Ably accepts is known in JSON text: %s',
    async (operation) => {
      expect(await codesOf(JSON.stringify({ chat: [operation] }))).toEqual([]);
    },
  );

  test.each(['publish_', 'Publish', 'teleport', 'message-subscribe:x'])(
    'that Ably refuses is a warning in JSON text: %s',
    async (operation) => {
      expect(await codesOf(JSON.stringify({ chat: [operation] }))).toEqual(['OPERATION_UNKNOWN']);
    },
  );

  test.each([
    ['publish_', 'publish'],
    ['statistics', 'stats'],
    ['Statistics', 'stats'],
    ['message-update', 'message-update-own'],
  ])('%s is answered with a suggestion: %s', async (wrong, right) => {
    const capability = { chat: [wrong] } as unknown as Capability;
    const { message } = await errorOf(() => createAblyJwt(key, { capability, clientId: 'alice' }));
    expect(message).toContain(`Did you mean "${right}"?`);
  });

  test.each(['src/capability/operation.ts', 'docs/capabilities.md'])(
    'has a row in the table of %s',
    (file) => {
      const rows = read(file)
        .split('\n')
        .filter((line) => /^( \*)? ?\| `/.test(line))
        .join('\n');
      for (const operation of documented) expect(rows).toContain(`\`${operation}\``);
    },
  );
});
