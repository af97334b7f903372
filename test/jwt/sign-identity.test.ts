import { type AblyJwtOptions, anyClientId, createAblyJwt, decodeAblyJwt, verifyAblyJwt } from 'ably-jwt';
import { describe, expect, test } from 'vitest';
import { errorOf, said } from '../support/errors.js';
import { claimsOf, hmac, key, keyName, parts } from '../support/tokens.js';

const sign = (options: object = {}) =>
  createAblyJwt(key, { capability: 'inherit', ...options } as AblyJwtOptions);

describe('the token', () => {
  test('is a compact JWS: HS256, typ JWT, kid the name of the key', async () => {
    const jwt = await sign();
    expect(JSON.parse(parts(jwt).header)).toEqual({ alg: 'HS256', typ: 'JWT', kid: keyName });
    expect(parts(jwt).signature).toBe(hmac(jwt.slice(0, jwt.lastIndexOf('.'))));
  });

  test('holds nothing but time when nothing else is asked for', async () => {
    expect(Object.keys(claimsOf(await sign()))).toEqual(['iat', 'exp']);
  });

  test('is the same for the same options in another order, and with undefined for absent ones', async () => {
    const issuedAt = new Date(0);
    const one = await sign({ clientId: 'a', ttl: '5m', revocationKey: 'r', issuedAt });
    const other = await sign({
      issuedAt,
      backdate: undefined,
      revocationKey: 'r',
      ttl: '5m',
      clientId: 'a',
      claims: undefined,
    });
    expect(other).toBe(one);
  });
});

describe('clientId', () => {
  test.each(['alice', ' ', '0', 'null', '**', 'a*', 'Zoë 👩‍👩‍👧', 'x'.repeat(500)])(
    'is written as it is: %j',
    async (clientId) => {
      expect(claimsOf(await sign({ clientId }))['x-ably-clientId']).toBe(clientId);
    },
  );

  test('is left out for an anonymous client', async () => {
    expect(claimsOf(await sign({}))).not.toHaveProperty('x-ably-clientId');
  });

  test('anyClientId is written as *', async () => {
    expect(claimsOf(await sign({ clientId: anyClientId }))['x-ably-clientId']).toBe('*');
    expect(typeof anyClientId).toBe('symbol');
  });

  test('the string * is refused, since a user may have that name', async () => {
    const error = await errorOf(() => sign({ clientId: '*' }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toBe('"clientId" must be a user\'s id, found "*".');
    expect(error.hint).toContain('anyClientId');
  });

  test.each([
    ['', 'an empty string'],
    [7, 'the number 7'],
    [0n, 'the BigInt 0n'],
    [true, 'true'],
    [['a'], 'an array'],
    [{}, 'an object'],
    [new String('a'), 'an object of class String'],
    [Symbol('other'), 'a symbol'],
    [() => 'a', 'a function'],
  ])('is refused when it is $0 ($1)', async (clientId, found) => {
    const error = await errorOf(() => sign({ clientId }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toBe(`"clientId" must be a string that is not empty, found ${found}.`);
    expect(error.hint).toContain('Leave the option out');
  });

  test('is refused with half of a character, which UTF-8 can not hold', async () => {
    const error = await errorOf(() => sign({ clientId: 'a\ud800' }));
    expect(error).toMatchObject({ code: 'OPTION_INVALID' });
    expect(error.message).toMatch(/^"clientId" must be without lone surrogates/);
  });
});

/** The option is named, and the likely cause and the remedy. */
const lost: [option: string, remedy: string][] = [
  ['clientId', 'Return null for a logged-out user; leave clientId out for an anonymous client.'],
  ['capability', "Pass 'inherit' for every right of the key."],
  ['revocationKey', 'Leave it out if the token need not be revocable by it.'],
];

describe('what went missing on its way', () => {
  test.each(lost)('%s: undefined as a value is refused, and nobody gets a token', async (option, remedy) => {
    const user = {} as Record<string, undefined>;
    for (const options of [
      { [option]: user.id },
      Object.create({ [option]: undefined, capability: 'inherit' }),
    ]) {
      const wrong = { capability: 'inherit', ...options, [option]: undefined } as AblyJwtOptions;
      const error = await errorOf(() => createAblyJwt(key, wrong));
      expect(error.code).toBe('OPTION_INVALID');
      expect(error.message).toBe(
        `"${option}" is undefined. Did you forget to await your session lookup? ${remedy}`,
      );
    }
  });

  test('clientId: an inherited undefined is refused too', async () => {
    const options = Object.create({ capability: 'inherit', clientId: undefined });
    expect((await errorOf(() => createAblyJwt(key, options))).message).toContain('"clientId" is undefined.');
  });

  test.each(['capability', 'clientId', 'ttl', 'claims', 'revocationKey', 'channelClaims'])(
    '%s: a Promise is named, with await',
    async (option) => {
      const error = await errorOf(() => sign({ [option]: Promise.resolve('alice') }));
      expect(error.code).toBe('OPTION_INVALID');
      expect(error.message).toBe(`"${option}" is a Promise. Put "await" in front of it.`);
    },
  );

  test('a Promise in place of the options, the key or the token is named, with await', async () => {
    const promise = Promise.resolve({ capability: 'inherit' }) as unknown;
    const calls: [action: () => unknown, says: string][] = [
      [
        () => createAblyJwt(key, promise as AblyJwtOptions),
        'createAblyJwt: the options are a Promise. Put "await" in front of what returns them.',
      ],
      [
        () => createAblyJwt(promise as string, { capability: 'inherit' }),
        'it is a Promise. Put "await" in front of it.',
      ],
      [() => verifyAblyJwt(promise as string, key), 'The token is a Promise. Put "await" in front of it.'],
      [() => decodeAblyJwt(promise as string), 'The token is a Promise. Put "await" in front of it.'],
    ];
    for (const [action, says] of calls) expect(said(await errorOf(action))).toContain(says);
  });

  test('arguments in the wrong order are told, with the right one', async () => {
    const swapped = { capability: 'inherit' } as unknown as string;
    const jwt = await sign();
    for (const [action, order] of [
      [
        () => createAblyJwt(swapped, key as unknown as AblyJwtOptions),
        'Call createAblyJwt(key, options), in this order.',
      ],
      [() => verifyAblyJwt(key, jwt), 'Call verifyAblyJwt(jwt, keys), in this order.'],
      [() => verifyAblyJwt(jwt, {} as string), 'Call verifyAblyJwt(jwt, keys), in this order.'],
    ] as const) {
      const error = await errorOf(action);
      expect(error.code).toBe('KEY_MALFORMED');
      expect(error.message).toContain(order);
    }
  });
});

describe('clientType', () => {
  test('is written as it is, behind the clientId', async () => {
    const claims = claimsOf(await sign({ clientType: 'server', clientId: 'alice', revocationKey: 'r' }));
    expect(Object.keys(claims)).toEqual([
      'iat',
      'exp',
      'x-ably-clientId',
      'x-ably-clientType',
      'x-ably-revocation-key',
    ]);
    expect(claims['x-ably-clientType']).toBe('server');
  });

  test('is left out for a device', async () => {
    expect(claimsOf(await sign({ clientType: undefined }))).not.toHaveProperty('x-ably-clientType');
  });

  test.each(['device', 'Server', '', 1, true])('is refused when it is %j', async (clientType) => {
    const error = await errorOf(() => sign({ clientType }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(/^"clientType" must be 'server', found /);
    expect(error.hint).toBe('Leave the option out for users and their devices.');
  });
});

describe('revocationKey', () => {
  test('is written as it is', async () => {
    expect(claimsOf(await sign({ revocationKey: 'device 1' }))['x-ably-revocation-key']).toBe('device 1');
  });

  test.each(['', 1, {}, '\udc00'])('is refused when it is %j', async (revocationKey) => {
    const error = await errorOf(() => sign({ revocationKey }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toMatch(/^"revocationKey" must be /);
  });
});

describe('options', () => {
  test.each([
    ['clientID', 'clientId'],
    ['client_id', 'clientId'],
    ['userId', 'clientId'],
    ['capabilities', 'capability'],
    ['capabilty', 'capability'],
    ['TTL', 'ttl'],
    ['expiresIn', 'ttl'],
    ['expirationTime', 'ttl'],
    ['exp', 'ttl'],
    ['iat', 'issuedAt'],
    ['payload', 'claims'],
    ['revocation_key', 'revocationKey'],
    ['channelClaim', 'channelClaims'],
    ['publishRateLimit', 'publishRateLimits'],
    ['x-ably-capability', 'capability'],
    ['x-ably-clientId', 'clientId'],
    ['x-ably-clientType', 'clientType'],
    ['X-Ably-ClientType', 'clientType'],
    ['x-ably-revocation-key', 'revocationKey'],
    ['ably.channel.chat:*', 'channelClaims'],
    ['ably.room.lobby', 'roomClaims'],
    ['ably.limits.publish.perAttachment.maxRate.*', 'publishRateLimits'],
  ])('%s is refused, and %s suggested', async (name, suggestion) => {
    const error = await errorOf(() => sign({ [name]: 'x' }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toBe(`createAblyJwt: there is no option "${name}". Did you mean "${suggestion}"?`);
    expect(error.hint).toContain('capability, clientId, clientType, ttl');
  });

  test.each(['algorithm', 'nonsense', '__proto__', 'toString', ''])('%j is refused', async (name) => {
    const error = await errorOf(() => sign(JSON.parse(`{${JSON.stringify(name)}:1,"capability":"inherit"}`)));
    expect(error.message).toBe(`createAblyJwt: there is no option ${JSON.stringify(name)}.`);
  });

  test('an unknown option is refused even when it is undefined', async () => {
    expect((await errorOf(() => sign({ clientID: undefined }))).message).toContain('"clientID"');
  });

  const everyOption: (keyof AblyJwtOptions)[] = [
    'capability',
    'clientId',
    'clientType',
    'ttl',
    'revocable',
    'revocationKey',
    'channelClaims',
    'roomClaims',
    'publishRateLimits',
    'claims',
    'allowBrowser',
    'issuedAt',
    'backdate',
  ];
  test.each(everyOption)(
    '%s: a property of Object.prototype is refused, even one that loops skip',
    async (name) => {
      Object.defineProperty(Object.prototype, name, { value: '1h', configurable: true });
      try {
        const options = name === 'capability' ? { clientId: 'alice' } : { capability: 'inherit' };
        const error = await errorOf(() => createAblyJwt(key, options as AblyJwtOptions));
        expect(error.code).toBe('OPTION_INVALID');
        expect(error.message).toContain(`"${name}" is not in the options, but in Object.prototype`);
      } finally {
        delete (Object.prototype as Record<string, unknown>)[name];
      }
    },
  );

  test.each(everyOption)('%s: null is not absent', async (name) => {
    const error = await errorOf(() => sign({ [name]: null }));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toBe(`"${name}" is null. Leave the option out if there is no value.`);
  });

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [[], 'an empty array'],
    ['chat', 'a string'],
    [key, 'a string'],
    [7, 'the number 7'],
    [() => ({}), 'a function'],
  ])('$1 in place of all of them is refused', async (options, found) => {
    const error = await errorOf(() => createAblyJwt(key, options as unknown as AblyJwtOptions));
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toBe(`createAblyJwt: the options must be an object, found ${found}.`);
  });

  test('are refused by rejection, never synchronously', async () => {
    const promise = createAblyJwt('nonsense', undefined as unknown as AblyJwtOptions);
    expect(promise).toBeInstanceOf(Promise);
    // The key is looked at first.
    await expect(promise).rejects.toMatchObject({ code: 'KEY_MALFORMED' });
  });

  test('in Object.prototype are refused: they would be those of every token', async () => {
    const prototype = Object.prototype as { clientId?: string };
    prototype.clientId = 'eve';
    try {
      const error = await errorOf(() => sign());
      expect(error.code).toBe('OPTION_INVALID');
      expect(error.message).toContain('"clientId" is not in the options, but in Object.prototype');
      // Its own is what counts.
      expect(decodeAblyJwt(await sign({ clientId: 'alice' })).clientId).toBe('alice');
    } finally {
      delete prototype.clientId;
    }
  });

  test('may be inherited', async () => {
    const shared = { capability: 'inherit', clientId: 'alice' };
    const jwt = await createAblyJwt(key, Object.create(shared) as AblyJwtOptions);
    expect((await verifyAblyJwt(jwt, key)).clientId).toBe('alice');
  });
});
