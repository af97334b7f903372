/** Values that hold a secret and are wrong almost everywhere, in every type that an option could be given by mistake. */
export function wrongValues(secret: string): readonly unknown[] {
  const key = `canary.aKey01:${secret}`;
  const named = { [secret]: () => {} }[secret];
  const Named = { [secret]: class {} }[secret] as new () => object;
  return [
    ...[
      secret,
      key,
      `"${key}"`,
      `${secret} ${'and more '.repeat(10)}`,
      `${secret}\ud800`,
      `${key}\n`,
      `*${secret}`,
    ],
    ...[
      `[${secret}]`,
      `[?${secret}`,
      `{"${key}`,
      `{"${key}":1}`,
      `${btoa(key)}`,
      `Bearer ${key}`,
      `${secret}m`,
    ],
    ...[
      `https://${secret}`,
      `https://user:${secret}@localhost/${secret}?${secret}#${secret}`,
      `${secret}://a`,
    ],
    ...[
      [secret],
      [[key]],
      [{ [key]: secret }],
      { [secret]: secret },
      { a: { [secret]: [secret] } },
      { a: [secret] },
    ],
    ...[
      { key: secret, kid: secret, alg: secret },
      { key: new Uint8Array(8), alg: secret, enc: secret },
    ],
    ...[
      { key: { kty: 'oct', k: btoa(secret) }, alg: 'HS512', enc: secret },
      { clientId: [secret], channel: secret },
    ],
    ...[{ origins: [secret] }, { origins: key, credentials: secret }, { httpStatus: secret, code: secret }],
    ...[
      new Map([[secret, secret]]),
      new Set([secret]),
      new Error(key),
      new URL(`https://${secret}.example/${secret}`),
    ],
    ...[named, new Named(), Named, Symbol(secret), Buffer.from(secret), new TextEncoder().encode(key)],
    ...[
      Promise.resolve(secret),
      new Date(Number.NaN),
      Object.assign(new Date(0), { [secret]: secret }),
      10n,
      Number.NaN,
    ],
    ...[
      null,
      true,
      0,
      -1,
      1e300,
      '',
      [],
      {},
      '*',
      new Headers({ authorization: key }),
      new Request('http://a', { headers: { cookie: key } }),
    ],
    {
      toString: () => secret,
      toJSON: () => key,
      [Symbol.toPrimitive]: () => secret,
      [Symbol.toStringTag]: secret,
    },
    Object.create({ [secret]: secret, toString: () => key }),
  ];
}
