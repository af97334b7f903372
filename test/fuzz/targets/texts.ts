import { inspect } from 'node:util';
import { isAblyJwtError } from 'ably-jwt';
import { oddPieces, type Random } from '../support/random.js';
import { check, type Package, type Target } from '../support/target.js';

const keySecret = 'Wn5-hD9_sL3cGt7VbK2xPzQ8';
const wholeKey = `fuzzed.aKey01:${keySecret}`;
const wordCharacters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';

/** The parts of a key, by looking at one character after the other. */
function keyParts(text: string): string[] | undefined {
  const parts = [''];
  const separators = ['.', ':'];
  for (const character of text) {
    if (character === separators[0]) {
      separators.shift();
      parts.push('');
    } else if (wordCharacters.includes(character)) parts[parts.length - 1] += character;
    else return undefined;
  }
  return parts.length === 3 && parts.every((part) => part !== '') ? parts : undefined;
}

function keyText(random: Random): string {
  const short = () => random.text(wordCharacters, 8);
  return random.choose(
    () => wholeKey,
    () => random.mutate(wholeKey),
    () => random.mutate(random.mutate(wholeKey)),
    () => `${short()}.${short()}:${short()}`,
    () =>
      random.pick(['"', ' ', 'ABLY_API_KEY=', 'Bearer ', 'https://', '{"key":"']) +
      wholeKey +
      random.pick(['', '"', '\n', ' ']),
    () => random.text(['.', ':', '-', '_', 'a', 'Z', '0', ' ', keySecret], 8),
    () => random.text(oddPieces, 4),
  );
}

const showsSecret = (text: string) => {
  // Half of it is too much already.
  for (let at = 0; at + 12 <= keySecret.length; at += 4)
    if (text.includes(keySecret.slice(at, at + 12))) return true;
  return false;
};

function tryKey({ parseAblyKey }: Package, text: string): string {
  const parts = keyParts(text);
  try {
    const key = parseAblyKey(text);
    check(parts !== undefined, 'A key was accepted that has not the form of one.', text);
    check(
      key.appId === parts[0] && key.keyId === parts[1] && key.name === `${parts[0]}.${parts[1]}`,
      'Parsed otherwise.',
      text,
    );
    check(
      // A name is no secret, whatever it is.
      showsSecret(key.name) || !showsSecret(inspect(key, { showHidden: true }) + JSON.stringify(key)),
      'The key shows its secret.',
      text,
    );
    return 'accepted';
  } catch (error) {
    if (!isAblyJwtError(error, 'KEY_MALFORMED')) throw error;
    check(parts === undefined, 'A good key was refused.', text);
    check(
      !showsSecret(`${error.message} ${error.hint} ${inspect(error)}`),
      'The error shows the secret.',
      text,
      error.message,
    );
    return 'refused';
  }
}

export const keys: Target = {
  name: 'keys',
  start: (tried) => ({ tryInput: (random) => tryKey(tried, keyText(random)) }),
};

/** The seconds of a duration, by looking at one character after the other. */
function seconds(text: unknown): number | undefined {
  if (typeof text !== 'string' || text.length < 2) return undefined;
  const unit = { s: 1, m: 60, h: 3600, d: 86_400 }[text.at(-1)!];
  let count = 0;
  for (const character of text.slice(0, -1)) {
    const digit = '0123456789'.indexOf(character);
    if (digit < 0) return undefined;
    count = count * 10 + digit;
  }
  return unit === undefined ? undefined : count * unit;
}

function duration(random: Random): unknown {
  const number = () => String(random.int(10 ** random.int(7)));
  return random.choose<unknown>(
    () => number() + random.pick(['s', 'm', 'h', 'd']),
    () => random.mutate(number() + random.pick(['s', 'm', 'h', 'd'])),
    () => number() + random.pick(['', 'ms', 'S', 'H', ' h', 'min', 'hours', 's\n', '.5h', 'e1s']),
    () =>
      random.pick<unknown>([
        0,
        3600,
        3_600_000,
        -1,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        '1h30m',
        '٣s',
        '１s',
        '+1s',
        '-1s',
        '',
      ]),
    () =>
      random.pick<unknown>([
        {},
        [],
        ['1h'],
        new Date(),
        10n,
        Symbol('1h'),
        () => '1h',
        new String('1h'),
        true,
      ]),
  );
}

const issuedAt = new Date(1_767_323_045_000);

async function tryDuration({ createAblyJwt, decodeAblyJwt }: Package, ttl: unknown): Promise<string> {
  const expected = seconds(ttl);
  const good = expected !== undefined && expected > 0 && expected <= 86_400;
  try {
    const jwt = await createAblyJwt(wholeKey, { capability: 'inherit', ttl: ttl as '1h', issuedAt });
    check(good, 'A ttl was accepted.', String(ttl));
    const { issuedAt: from, expiresAt } = decodeAblyJwt(jwt);
    check(expiresAt.getTime() - from.getTime() === expected * 1000, 'The ttl is another.', String(ttl));
    return 'accepted';
  } catch (error) {
    if (!isAblyJwtError(error)) throw error;
    check(!good, 'A good ttl was refused.', String(ttl), error.message);
    check(
      error.code === (expected !== undefined && expected > 0 ? 'TTL_TOO_LONG' : 'OPTION_INVALID'),
      'A wrong code.',
      String(ttl),
      error.code,
    );
    return error.code;
  }
}

export const durations: Target = {
  name: 'durations',
  start: (tried) => ({ tryInput: (random) => tryDuration(tried, duration(random)) }),
};

interface Shape {
  readonly qualifier: string;
  readonly segments: readonly ('*' | 'text')[];
  readonly suffix: boolean;
}

/** What a pattern means, apart from the names in it. */
function shapeOf(pattern: string): Shape {
  const end = pattern.startsWith('[') ? pattern.indexOf(']') : -1;
  const qualifier = end < 0 ? '' : pattern.slice(1, end);
  const path = end < 0 ? pattern : pattern.slice(end + 1);
  return {
    // Where its name ends, and its parameters begin.
    qualifier: `${end < 0} ${qualifier.search(/[?=]/) >= 0}`,
    segments: path.split(':').map((segment) => (segment === '*' ? '*' : 'text')),
    suffix: path.includes('::$'),
  };
}

function tryPattern({ channelPattern }: Package, random: Random): string {
  const pieces = [
    'chat:',
    ':',
    ':*',
    '*',
    '[',
    ']',
    '[meta]',
    '[?rewind=1]',
    '?',
    '=',
    '',
    '',
    'a',
    '::',
    '::$chat',
    'é',
  ];
  const strings = ['', ...random.list(3, () => '')].map(() => random.text(pieces, 3));
  const values = strings.slice(1).map(() =>
    random.choose<string | number>(
      () => random.text('abcXYZ019 é', 5),
      () => random.text(oddPieces, 3),
      () => random.pick([':', '*', '[', ']', '?', '=', '$', '$chat', 'a]', 'b?c', '\n', '']),
      () => random.pick([0, -1, 1.5, 1e21, Number.NaN, Number.POSITIVE_INFINITY]),
    ),
  );
  const template = Object.assign([...strings], { raw: strings }) as unknown as TemplateStringsArray;
  try {
    const pattern = channelPattern(template, ...values);
    const plain = channelPattern(template, ...values.map(() => 'x'));
    check(
      JSON.stringify(shapeOf(pattern)) === JSON.stringify(shapeOf(plain)),
      'A value changed the pattern.',
      pattern,
      plain,
    );
    return values.length === 0 ? 'accepted, no value' : 'accepted';
  } catch (error) {
    if (!isAblyJwtError(error, 'CAPABILITY_INVALID')) throw error;
    return 'refused';
  }
}

export const patterns: Target = {
  name: 'patterns',
  start: (tried) => ({ tryInput: (random) => tryPattern(tried, random) }),
};
