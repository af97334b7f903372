import { createHmac, createSecretKey } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type AblyJwt, isAblyJwtError } from 'ably-jwt';
import * as jose from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { oddPieces, type Random } from '../support/random.js';
import { judgedToken, mayBeAccepted, type Verifier } from '../support/strict-verifier.js';
import { check, type Package, type Target } from '../support/target.js';

const secret = 'Fz8-kQ2_vB6nXw4TjR1mYpH0';
const key = `fuzzed.aKey01:${secret}`;
const now = 1_767_323_045;
const verifier: Verifier = { keyName: 'fuzzed.aKey01', secret, now };
const currentDate = new Date(now * 1000);
// Given as bytes or text, they would be imported once more for every token.
const peerKey = createSecretKey(secret, 'utf8');

type Fields = Record<string, unknown>;
const base64url = (text: string) => Buffer.from(text).toString('base64url');
const sign = (input: string, hmacKey = secret) =>
  createHmac('sha256', hmacKey).update(input).digest('base64url');

/** Values that a claim may have by mistake, or to deceive. */
const anyValue = (random: Random): unknown =>
  random.choose<unknown>(
    () => random.pick(oddPieces),
    () => random.int(2) * now + random.int(200_000) - 100_000,
    () => random.pick([0, -0, -1, 0.5, 1e21, 8.64e12, 8.64e12 + 1, 1e308, now * 1000]),
    () => random.pick([null, true, false, [], {}, [''], { a: [] }]),
    () => ({ [random.pick(oddPieces)]: random.pick(oddPieces) }),
  );

function capabilityText(random: Random): unknown {
  const good = random.pick([
    '{"chat:*":["subscribe"]}',
    '{"*":["*"]}',
    '{}',
    '{"a":["publish","history"],"b":["*"]}',
  ]);
  return random.choose<unknown>(
    () => good,
    () => random.mutate(good),
    () => random.mutate(good, ['"a":["*"],', '\\u0061', '[]', ',', '"', '*', '\\ud800', '1e999', '{"a":']),
    () => JSON.parse(good),
  );
}

function header(random: Random): Fields {
  const fields: Fields = { alg: 'HS256', typ: 'JWT', kid: verifier.keyName };
  if (random.chance(0.6)) return fields;
  return {
    ...fields,
    ...random.choose<Fields>(
      () => ({
        alg: random.pick<unknown>(['none', 'None', 'hs256', 'HS256 ', 'HS384', 'RS256', '', ['HS256'], null]),
      }),
      () => ({
        kid: random.choose<unknown>(
          () => random.mutate(verifier.keyName),
          () => anyValue(random),
        ),
      }),
      () => ({ crit: random.pick<unknown>([[], ['b64'], ['exp'], 'x', null, false]) }),
      () => ({ b64: random.chance(0.5), crit: ['b64'] }),
      () => ({ jwk: { kty: 'oct', k: base64url(secret) } }),
      () => ({ zip: 'DEF' }),
      () => ({ typ: anyValue(random), cty: anyValue(random) }),
      () => ({ [random.pick(oddPieces)]: anyValue(random) }),
      () => ({ 'x-ably-token': anyValue(random) }),
    ),
  };
}

const claimNames = [
  ...['iat', 'exp', 'nbf', 'x-ably-capability', 'x-ably-clientId', 'x-ably-revocation-key', 'x-ably-token'],
  ...['ably.channel.a', 'ably.room.a:*', 'ably.limits.publish.perAttachment.maxRate.a', '__proto__', 'sub'],
];

function payload(random: Random): Fields {
  const fields: Fields = { iat: now - random.int(1000), exp: now + 1 + random.int(3600) };
  if (random.chance(0.7))
    fields['x-ably-capability'] = random.chance(0.6) ? '{"a":["*"]}' : capabilityText(random);
  if (random.chance(0.4)) fields['x-ably-clientId'] = random.pick(['alice', '*', 'Zoë', '', 7]);
  if (random.chance(0.1)) fields['ably.channel.chat'] = random.pick<unknown>(['member', 7, null, {}]);
  if (random.chance(0.1))
    fields['ably.limits.publish.perAttachment.maxRate.a'] = random.pick<unknown>([1, 0, -1, '1']);
  if (random.chance(0.3)) {
    const name = random.pick(claimNames);
    if (random.chance(0.3)) delete fields[name];
    else fields[name] = anyValue(random);
  }
  return fields;
}

/** The JSON text of an object, sometimes not quite. */
function jsonText(random: Random, fields: Fields): string {
  const text = JSON.stringify(fields);
  if (random.chance(0.85)) return text;
  return random.choose(
    () => random.mutate(text),
    () => text.replace('{', `{"${random.pick(['alg', 'kid', 'exp', 'iat', 'x-ably-capability'])}":"x",`),
    () => text.replace(/}$/, `,"${random.pick(['alg', 'kid', 'exp', '\\u0065xp'])}":${now + 100}}`),
    () => random.pick(['', ' ', '\ufeff', '\n', 'null', '[object Object]']) + text,
    () => text + random.pick([' ', '\n', '\0', 'x', '{}']),
    () => text.replace(/"iat":\d+/, `"iat":${random.pick(['1e999', '1e9', '-0', '0x10', '01', '.5', '1.'])}`),
    () => `{"a":${'['.repeat(random.pick([98, 99, 100, 5000]))}`,
    () => text.replace(/}$/, `,"a":${nested(random.pick([97, 98, 99, 100, 101]))}}`),
  );
}
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

function plainToken(random: Random): string {
  const input = `${base64url(jsonText(random, header(random)))}.${base64url(jsonText(random, payload(random)))}`;
  if (random.chance(0.9)) return `${input}.${sign(input)}`;
  return `${input}.${random.choose(
    () => '',
    () => sign(input, 'other'),
    () => '!'.repeat(43),
    () => random.mutate(sign(input)),
    () => createHmac('sha512', secret).update(input).digest('base64url'),
    () => Buffer.from(sign(input)).toString('hex'),
  )}`;
}

const base64Pieces = ['=', '==', '+', '/', '-', '_', 'A', 'B', '.', '..', ' ', '\n', '%2e', '\0', 'é'];

function token(random: Random): string {
  const plain = plainToken(random);
  const text = random.chance(0.1) ? embedding(random, plain) : plain;
  return random.chance(0.15) ? random.mutate(text, random.chance(0.7) ? base64Pieces : oddPieces) : text;
}

/** A token around another one; Ably looks at the one inside only. */
function embedding(random: Random, inner: string): string {
  const exp = random.choose<unknown>(
    () => now + random.int(4000),
    () => undefined,
    () => anyValue(random),
  );
  const held = { 'x-ably-token': inner };
  const inHeader = random.chance(0.5);
  const outer = `${base64url(jsonText(random, { alg: 'HS256', ...(inHeader ? held : {}) }))}`;
  if (random.chance(0.2))
    return `${base64url(JSON.stringify({ alg: 'dir', enc: 'A256GCM', ...held }))}..aa.bb.cc`;
  const input = `${outer}.${base64url(jsonText(random, { exp, ...(inHeader ? {} : held) }))}`;
  return `${input}.${sign(input, 'another secret')}`;
}

/** What the two libraries that most people use say of a token that was accepted. */
async function checkOthers(jwt: string): Promise<void> {
  const judged = judgedToken(jwt)!;
  const claims = jsonwebtoken.verify(judged, peerKey, {
    algorithms: ['HS256'],
    clockTimestamp: now,
    ignoreNotBefore: true,
  }) as jsonwebtoken.JwtPayload;
  // jose has no way to ignore `nbf`, as Ably does.
  if (claims.nbf === undefined) await jose.jwtVerify(judged, peerKey, { algorithms: ['HS256'], currentDate });
}

async function outcomeOf<T>(action: () => T | Promise<T>, jwt: string): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    check(isAblyJwtError(error), 'A foreign error was thrown.', error, jwt);
    const said = `${error.message} ${error.hint} ${JSON.stringify(error)}`;
    check(!said.includes(secret), 'The error shows a secret.', said, jwt);
    check(!said.includes(jwt.slice(-43)) || jwt.length < 43, 'The error shows a signature.', said, jwt);
    return undefined;
  }
}

async function tryToken(
  { verifyAblyJwt, decodeAblyJwt, explainAblyJwt }: Package,
  jwt: string,
): Promise<string> {
  const verified = await outcomeOf<AblyJwt>(() => verifyAblyJwt(jwt, key, { currentDate }), jwt);
  const findings = await explainAblyJwt(jwt, key, { currentDate });
  const refused = findings.some(({ severity }) => severity === 'error');
  // An Ably Token inside another one may be good, but only Ably can tell.
  if (findings.some(({ code }) => code === 'TOKEN_OPAQUE')) {
    check(verified === undefined, 'An opaque token was accepted.', jwt, findings);
    return 'opaque';
  }
  check(refused === (verified === undefined), 'explainAblyJwt and verifyAblyJwt disagree.', jwt, findings);
  check(!JSON.stringify(findings).includes(secret), 'A finding shows the secret.', jwt);
  const decoded = await outcomeOf<AblyJwt>(() => decodeAblyJwt(jwt), jwt);
  if (verified === undefined) return decoded === undefined ? 'refused' : 'refused, but decoded';
  check(mayBeAccepted(jwt, verifier), 'A token was accepted that the strict verifier refuses.', jwt);
  await checkOthers(jwt);
  const text = ({ can: _, ...rest }: AblyJwt) => rest;
  check(decoded !== undefined && isDeepStrictEqual(text(decoded), text(verified)), 'Decoded otherwise.', jwt);
  return judgedToken(jwt) === jwt ? 'accepted' : 'accepted, embedded';
}

/** Tokens of a grammar, with mistakes in it and in the text: never accepted when a strict verifier refuses them. */
export const tokens: Target = {
  name: 'tokens',
  start: (tried) => ({ tryInput: (random) => tryToken(tried, token(random)) }),
};
