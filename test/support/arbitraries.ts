import type { AblyJwtOptions, Capability, JsonValue, Operation } from 'ably-jwt';
import { anyClientId } from 'ably-jwt';
import fc from 'fast-check';

/** Names that objects, JSON and patterns treat as special. */
const special = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  '0',
  '10',
  '9',
  '*',
  'a:*',
  '[meta]log',
  '[*]*',
  '[',
  '[]',
  ':',
  '::',
  '"\\\n\u0000',
  '\u2028',
  '\ufeff',
  '😀',
  'é',
  'e\u0301',
];

/** Any text that UTF-8 can hold: no lone surrogates. */
export const wellFormed = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme' }) },
  { weight: 1, arbitrary: fc.constantFrom(...special) },
);
export const name = wellFormed.filter((text) => text !== '');

// JSON has no −0.
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));

/** An object of own members, whatever their names. */
const dictionary = <T>(key: fc.Arbitrary<string>, value: fc.Arbitrary<T>, maxLength = 4) =>
  fc
    .uniqueArray(fc.tuple(key, value), { maxLength, selector: ([own]) => own })
    .map((entries) => Object.fromEntries(entries) as Record<string, T>);

/** Whatever a caller without types may pass. */
export const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withSparseArray: true,
  withTypedArray: true,
  withBoxedValues: true,
  withUnicodeString: true,
});

export const jsonValue: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    wellFormed,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    dictionary(wellFormed, tie('value'), 3),
  ),
})).value;

export const operation = fc.constantFrom<Operation>('publish', 'subscribe', 'presence', 'history', 'stats');
const operations = fc.oneof(
  fc.array(operation, { minLength: 1, maxLength: 4 }),
  fc.constant<['*']>(['*']),
) as fc.Arbitrary<(Operation | '*')[]>;

/** A capability of any resources. */
export const capability: fc.Arbitrary<Capability> = dictionary(name, operations);

// A small alphabet, so that resources and channels meet.
const segment = fc.constantFrom('a', 'a', 'b', '', '*', '*', 'a*');
const qualifier = fc.constantFrom(
  '',
  '',
  '',
  '[meta]',
  '[queue]',
  '[*]',
  '[]',
  '[?rewind=1]',
  '[meta?x=1]',
  '[',
);
export const resource = fc
  .tuple(qualifier, fc.array(segment, { minLength: 1, maxLength: 3 }))
  .map(([before, segments]) => before + segments.join(':'));
export const meetingCapability: fc.Arbitrary<Capability> = dictionary(resource, operations, 5);
const product = (lists: readonly string[], segments: readonly string[]) =>
  lists.flatMap((list) => segments.map((own) => `${list}:${own}`));
const oneSegment = ['a', 'b', '', '*', 'a*'];
const twoSegments = product(oneSegment, oneSegment);
const paths = [...oneSegment, ...twoSegments, ...product(twoSegments, ['a', ''])];

/** Channels over the same alphabet, enough of them to tell two capabilities apart. */
export const everyChannel: readonly string[] = ['', '[meta]', '['].flatMap((before) =>
  paths.map((path) => before + path),
);
export const channel = fc.constantFrom(
  ...everyChannel,
  '[other]a',
  '[?rewind=1]a:b',
  '[*]a',
  '[queue]a:b',
  'a:b:a:b',
  'a:b:a:a:',
);

const ownClaim = name.filter((text) => !/^(iat|exp)$|^(x-ably-|ably\.)/i.test(text));
const issuedAt = fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true });

/** Any options that `createAblyJwt` takes. */
export const jwtOptions: fc.Arbitrary<AblyJwtOptions> = fc.record(
  {
    capability: fc.oneof(
      fc.constant<'inherit'>('inherit'),
      capability.filter((granted) => Object.keys(granted).length > 0),
    ),
    issuedAt,
    clientId: fc.oneof(
      name.filter((text) => text !== '*'),
      fc.constant(anyClientId),
    ),
    ttl: fc.constantFrom('1s', '90s', '15m', '1h', '24h', '1d'),
    revocationKey: name,
    channelClaims: dictionary(name, jsonValue),
    roomClaims: dictionary(name, jsonValue),
    publishRateLimits: dictionary(name, fc.double({ min: 1e-9, max: 1e9, noNaN: true })),
    claims: dictionary(ownClaim, jsonValue),
  },
  { requiredKeys: ['capability', 'issuedAt'] },
);
