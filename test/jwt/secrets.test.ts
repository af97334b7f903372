import { inspect } from 'node:util';
import {
  type AblyJwtOptions,
  type Capability,
  createAblyJwt,
  createAuthEndpoint,
  createAuthHandler,
  type Duration,
  decodeAblyJwt,
  explainAblyJwt,
  isAblyJwtError,
  parseAblyKey,
  parseCapability,
  retryLater,
  stringifyCapability,
  verifyAblyJwt,
} from 'ably-jwt';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { withHeader, withPayload } from '../support/faults.js';
import { goodHeader, goodPayload, key, keyName, rawJwt, secret } from '../support/tokens.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const good = rawJwt();
const base64Key = btoa(key);

/** Whatever a log or a response could show of a value. */
function everythingIn(value: unknown, seen = new Set<unknown>()): string {
  if (typeof value !== 'object' || value === null || seen.has(value)) return String(value);
  seen.add(value);
  const own = Reflect.ownKeys(value).map(
    (name) => `${String(name)}: ${everythingIn(Reflect.get(value, name), seen)}`,
  );
  return [
    inspect(value, { depth: Infinity, showHidden: true }),
    JSON.stringify(value),
    String(value),
    ...own,
  ].join('\n');
}

function expectNoSecret(value: unknown, token = good): void {
  const text = everythingIn(value);
  const signature = token.slice(token.lastIndexOf('.') + 1);
  for (const hidden of [
    secret,
    secret.slice(4),
    secret.slice(0, -4),
    encodeURIComponent(secret),
    base64Key,
    btoa(secret),
  ])
    expect(text).not.toContain(hidden);
  if (signature !== '') expect(text).not.toContain(signature);
  expect(text).not.toContain(token);
}

const wrongKeys = [
  `"${key}"`,
  ` ${key}`,
  `${key}\n`,
  `${key},${key}`,
  `ABLY_API_KEY=${key}`,
  `Bearer ${key}`,
  `Basic ${base64Key}`,
  base64Key,
  secret,
  `appId1:${secret}`,
  `.${keyName}:${secret}`,
  `${keyName}:${secret}=`,
  `${keyName}:${secret}:`,
  `${keyName}%3A${secret}`,
  `https://${key}@main.realtime.ably.net`,
  `eyJhbGciOiJIUzI1NiJ9.eyJ9.${secret}`,
  JSON.stringify({ key }),
  { key, secret },
  [key],
  Object.assign(() => key, { key }),
  new URL(`https://x/?key=${key}`),
];

const wrongTokens = [
  key,
  `"${good}"`,
  `Bearer ${good}`,
  `${good}\n`,
  ` ${good}`,
  `${good}=`,
  `${good}.${good}`,
  `${good}${good}`,
  good.replace('.', ''),
  good.replace('.', ' .'),
  JSON.stringify({ token: good }),
  { token: good },
  [good],
  new URL(`https://x/?token=${good}`),
  rawJwt({ secret: 'wrong' }),
  withHeader({ kid: key }),
  withHeader({ kid: `${keyName}:${secret}` }),
  withHeader({ kid: secret }),
  withHeader({ kid: `other.app:${secret}` }),
  withHeader({ kid: `:${secret}` }),
  withHeader({ kid: base64Key }),
  withHeader({ alg: key }),
  withHeader({ crit: [secret] }),
  withPayload({ iat: key }),
  withPayload({ exp: key }),
  withPayload({ exp: [key] }),
  withPayload({ 'x-ably-clientId': { key } }),
  withPayload({ 'x-ably-capability': { [key]: ['*'] } }),
  withPayload({ 'x-ably-capability': key }),
  withPayload({ 'x-ably-capability': `"${key}"` }),
  withPayload({ 'x-ably-capability': `{"a":["*","${key}"]}`, exp: 1 }),
  withPayload({ 'x-ably-capability': `{"${secret}*":["${secret}"]}`, exp: 1 }),
  withPayload({ [`x-ably-${secret}`]: 1, exp: 1 }),
  withPayload({ 'x-ably-revocation-key': [key] }),
  withPayload({ 'ably.channel.a': [key] }),
  withPayload({ 'ably.limits.publish.perAttachment.maxRate.a': key }),
  rawJwt({ payload: `${JSON.stringify(goodPayload)}${key}` }),
  rawJwt({ header: `${JSON.stringify(goodHeader)}${key}` }),
  rawJwt({ payload: key }),
  rawJwt({ payload: { 'x-ably-token': key } }),
  rawJwt({ payload: { 'x-ably-token': rawJwt({ secret: 'wrong' }) } }),
];

const wrongOptions: object[] = [
  {},
  { capability: key },
  { capability: good },
  { capability: [key] },
  { capability: { a: key } },
  { capability: { a: [key, {}] } },
  { clientId: { key } },
  { clientId: [good] },
  { clientId: '' },
  { ttl: key },
  { ttl: good },
  { ttl: '25h' },
  { backdate: key },
  { issuedAt: key },
  { issuedAt: good },
  { revocable: key },
  { allowBrowser: good },
  { revocationKey: { key } },
  { channelClaims: key },
  { channelClaims: good },
  { channelClaims: { a: () => key } },
  { roomClaims: { a: new Map([[key, good]]) } },
  { publishRateLimits: { a: key } },
  { publishRateLimits: { a: good } },
  { claims: key },
  { claims: [good] },
  { claims: { a: { toJSON: () => key } } },
  { claims: { exp: key } },
  { claims: { data: `${secret} ${'x'.repeat(9000)}` } },
  { key },
  { token: good },
  { [key]: 1 },
  { [secret]: 1 },
  { [good]: 1 },
  { ttl: secret },
  { backdate: secret },
  { revocable: secret },
  { issuedAt: secret },
  { clientId: `${secret}\ud800` },
  { capability: { a: [key] } },
  { capability: { a: [secret] } },
  { capability: { [key]: ['x'] } },
  { capability: { [good]: ['x'] } },
  { capability: 'inherit', claims: { [key]: 1n } },
  { capability: 'inherit', claims: { [secret]: { [good]: 1n } } },
  { capability: 'inherit', claims: { [key]: 'x'.repeat(9000) } },
  { capability: 'inherit', channelClaims: { [key]: 1n } },
  { capability: 'inherit', roomClaims: { [secret]: 1n } },
  { capability: 'inherit', publishRateLimits: { [good]: 0 } },
];

describe('no error, finding or response shows a secret or a token', () => {
  const errors = async (...actions: (() => unknown)[]) => {
    for (const action of actions) {
      const error = await Promise.resolve()
        .then(action)
        .then(
          () => undefined,
          (caught: unknown) => caught,
        );
      expect(isAblyJwtError(error)).toBe(true);
      expectNoSecret(error);
    }
  };

  test.each(wrongKeys.map((wrong, n) => [n, wrong as string] as const))('key %d', async (_, wrong) => {
    const options = { capability: 'inherit' } as const;
    await errors(
      () => parseAblyKey(wrong),
      () => createAblyJwt(wrong, options),
      () => createAblyJwt(good, options),
      () => verifyAblyJwt(good, [wrong]),
      // A function is no mistake there.
      ...(typeof wrong === 'function'
        ? []
        : [() => createAuthEndpoint(wrong, () => null), () => createAuthHandler(wrong, () => null)]),
    );
    const told: unknown[] = [];
    const endpoint = createAuthEndpoint(
      () => wrong,
      () => options,
      { onError: (error) => told.push(error) },
    );
    expectNoSecret(await endpoint({}));
    expect(told).toHaveLength(1);
    expectNoSecret(told);
    expectNoSecret(await explainAblyJwt(good, wrong));
  });

  test.each(wrongTokens.map((wrong, n) => [n, wrong as string] as const))('token %d', async (_, wrong) => {
    const caught: unknown[] = [];
    const note = (error: unknown) => caught.push(error);
    await verifyAblyJwt(wrong, key).catch(note);
    await verifyAblyJwt(wrong, ['other.app:x', key]).catch(note);
    await verifyAblyJwt(wrong, 'other.app:x').catch(note);
    try {
      decodeAblyJwt(wrong);
    } catch (error) {
      note(error);
    }
    expect(caught.length).toBeGreaterThanOrEqual(3);
    const token = typeof wrong === 'string' && wrong.split('.').length === 3 ? wrong : good;
    for (const shown of [...caught, await explainAblyJwt(wrong, key), await explainAblyJwt(wrong)])
      expectNoSecret(shown, token);
  });

  test.each(wrongOptions.map((wrong, n) => [n, wrong] as const))('options %d', async (_, wrong) => {
    const options = {
      ...('capability' in wrong ? {} : { capability: 'inherit' }),
      ...wrong,
    } as AblyJwtOptions;
    if (Object.keys(wrong).length > 0) await errors(() => createAblyJwt(key, options));
    const told: unknown[] = [];
    const endpoint = createAuthEndpoint(key, () => wrong as AblyJwtOptions, {
      onError: (error) => told.push(error),
    });
    expectNoSecret(await endpoint({ secret: 'of the request' }));
    expect(told).toHaveLength(1);
    expectNoSecret(told);
  });

  test('arguments in the wrong order', async () => {
    await errors(
      () => createAblyJwt({ capability: 'inherit' } as unknown as string, key as unknown as AblyJwtOptions),
      () => createAblyJwt(key, key as unknown as AblyJwtOptions),
      () => createAblyJwt(key, secret as unknown as AblyJwtOptions),
      () => verifyAblyJwt(key, good),
      () => verifyAblyJwt(good, key, key as unknown as object),
      () => verifyAblyJwt(good, key, secret as unknown as object),
      () => verifyAblyJwt(good, key, { clockTolerance: key as '1s' }),
      () => createAuthEndpoint(key, key as unknown as () => null),
      () => createAuthEndpoint(key, () => null, key as unknown as object),
      () => createAuthHandler(key, () => null, { cors: key as unknown as { origins: [] } }),
      () => createAuthHandler(key, () => null, { cors: { origins: [key] } }),
      () => retryLater(key as Duration),
      () => parseCapability(key),
      () => stringifyCapability(key as unknown as Capability),
    );
  });

  test('what the endpoint logs by default', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const endpoint = createAuthEndpoint(key, () => ({ capability: 'inherit', ttl: '2d' }));
    const response = await endpoint({});
    expect(response.status).toBe(500);
    expect(log).toHaveBeenCalledTimes(1);
    expectNoSecret([log.mock.calls, response]);
  });
});

test('a secret that begins where a long name is cut is not shown either', async () => {
  for (let length = 440; length <= 520; length++) {
    const name = `eyJhbGciOiJIUzI1NiJ9.${'A'.repeat(length - 21)} ${secret}`;
    const error = await createAblyJwt(key, { capability: 'inherit', [name]: 1 }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'OPTION_INVALID' });
    expect(error.message).not.toContain(secret.slice(0, 4));
  }
});
