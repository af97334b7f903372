import { type AblyKey, decodeAblyJwt, isAblyJwtError, parseAblyKey } from '../index.js';
import { isOrigin } from '../util/origin.js';
import { printable } from '../util/text.js';
import { type FlagValues, UsageError } from './args.js';
import type { Given } from './check/answer.js';
import { examine } from './check/doctor.js';
import { defineCommand } from './command.js';
import { exitCodeOf, printFindings, tally } from './findings.js';
import { printGrants } from './grants.js';
import { hiding, secretsOf } from './hiding.js';
import { environmentKey, readTextFile } from './input.js';
import { type Output, stdout } from './terminal.js';

const flags = {
  'cookie-file': { value: 'FILE', help: 'A file with the value of the Cookie header of a logged-in user.' },
  'header-file': {
    value: 'FILE',
    help: 'A file with the headers of a logged-in user, one "Name: value" a line.',
  },
  'other-cookie-file': { value: 'FILE', help: 'The same for another user, to compare the two.' },
  'other-header-file': { value: 'FILE', help: 'The same for another user, to compare the two.' },
  origin: { value: 'ORIGIN', help: 'Check CORS for pages of this origin, such as https://app.example.com.' },
  method: { value: 'METHOD', help: "GET or POST. Default: GET, which Ably's clients use." },
  json: { help: 'Print the findings as a JSON array.' },
} as const;

export const check = defineCommand({
  name: 'check',
  summary: 'Examine an auth endpoint, in any language.',
  operands: ['url'],
  flags,
  description: [
    'Asks the endpoint as strangers, users and attackers do, and reports what is wrong with its answers and its tokens. It sends about ten requests, and changes nothing.',
    'Sessions come from files, so that they stay out of the process list. Tokens, cookies and headers are never printed: a token is shown as its claims.',
    'The signature is checked if the variable ABLY_API_KEY holds the API key.',
  ],
  examples: [
    'ably-jwt check http://localhost:3000/auth --cookie-file alice.txt',
    'ably-jwt check https://api.example.com/auth --header-file alice.txt \\\n    --other-header-file bob.txt --origin https://app.example.com',
  ],
  exits: ['No errors; there may be warnings.', 'There are errors.', 'A flag, a file or the URL is wrong.'],
  async run({ flags: given, operands: [address] }) {
    const url = readUrl(address!);
    const patient = {
      url,
      method: readMethod(given.method),
      session: readSession('', given),
      other: readSession('other-', given),
      origin: readOrigin(given.origin),
      key: readKey(),
    };
    if (patient.other !== undefined && patient.session === undefined)
      throw new UsageError('Another user needs a first one.', 'Add --cookie-file or --header-file.');
    const out = hiding(stdout, [
      ...secretsOf(patient.session),
      ...secretsOf(patient.other),
      ...secretsOf({ key: environmentKey()?.split(':')[1] ?? '' }),
    ]);
    const diagnosis = await examine(patient);
    const { findings } = diagnosis;
    if (given.json) {
      out.json(findings, 2);
      return exitCodeOf(findings);
    }
    // A query may hold a secret.
    out.line(out.style('bold', `${patient.method} ${printable(url.origin + url.pathname)}`));
    printGiven(out, diagnosis.given);
    out.line();
    printFindings(out, findings);
    out.line(verdict(exitCodeOf(findings), tally(findings)));
    const unchecked = leftOut(patient, diagnosis.given);
    if (unchecked.length > 0) out.line(out.style('dim', `Not checked: ${unchecked.join('; ')}.`));
    return exitCodeOf(findings);
  },
});

function verdict(exitCode: number, count: string): string {
  if (exitCode !== 0) return `${stdout.style('red', 'This endpoint needs work.')} ${count}.`;
  const fine = stdout.style('green', 'No errors.');
  return count === '' ? fine : `${fine} ${count}.`;
}

function leftOut(
  { session, other, origin, key }: { session?: unknown; other?: unknown; origin?: unknown; key?: unknown },
  given: Given | undefined,
): string[] {
  return [
    ...(session === undefined && given === undefined
      ? ['the answer to a user (--cookie-file or --header-file)']
      : []),
    ...(session !== undefined && other === undefined
      ? ['whether two users are told apart (--other-cookie-file or --other-header-file)']
      : []),
    ...(given !== undefined && origin === undefined ? ['pages of another origin (--origin)'] : []),
    ...(given?.kind === 'token' && key === undefined ? ['the signature (ABLY_API_KEY)'] : []),
  ];
}

function printGiven(out: Output, given: Given | undefined): void {
  if (given === undefined) return;
  try {
    printGrants(out, decodeAblyJwt(given.text));
  } catch (error) {
    // The findings say what can't be read.
    if (!isAblyJwtError(error)) throw error;
  }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError('check needs the whole URL of the endpoint, such as http://localhost:3000/auth.');
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(
      'There is a name or a password in the URL, where others can read it.',
      'Put an Authorization header into a file for --header-file.',
    );
  }
  return url;
}

function readMethod(text = 'GET'): 'GET' | 'POST' {
  if (text === 'GET' || text === 'POST') return text;
  throw new UsageError('--method must be GET or POST.');
}

function readOrigin(text: string | undefined): string | undefined {
  if (text === undefined || isOrigin(text)) return text;
  throw new UsageError(
    '--origin must be an origin, such as https://app.example.com.',
    'Write scheme, host and port, without a path or a slash at the end.',
  );
}

function readKey(): AblyKey | undefined {
  const key = environmentKey();
  return key === undefined ? undefined : parseAblyKey(key);
}

/** The headers of a user: those of a file, or a cookie. Names are in lower case. */
function readSession(
  prefix: '' | 'other-',
  given: FlagValues<typeof flags>,
): Record<string, string> | undefined {
  const cookieFile = given[`${prefix}cookie-file`];
  const headerFile = given[`${prefix}header-file`];
  if (cookieFile === undefined && headerFile === undefined) return undefined;
  return {
    ...(headerFile === undefined ? {} : readHeaders(`--${prefix}header-file`, headerFile)),
    ...(cookieFile === undefined ? {} : { cookie: readCookie(`--${prefix}cookie-file`, cookieFile) }),
  };
}

function readHeaders(flag: string, path: string): Record<string, string> {
  const lines = readTextFile(flag, path)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const headers = lines.map((line, n) => {
    const parts = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (parts === null || !isHeaderValue(parts[2]!))
      throw new UsageError(`Line ${n + 1} of ${flag} is no header.`, 'Write one "Name: value" a line.');
    return [parts[1]!.toLowerCase(), parts[2]!] as const;
  });
  if (headers.length === 0) throw new UsageError(`The file of ${flag} is empty.`);
  return Object.fromEntries(headers);
}

function readCookie(flag: string, path: string): string {
  const cookie = readTextFile(flag, path)
    .trim()
    .replace(/^cookie:\s*/i, '');
  if (cookie === '' || !cookie.includes('=') || !isHeaderValue(cookie)) {
    throw new UsageError(
      `The file of ${flag} must hold the value of a Cookie header, such as sid=abc; theme=dark.`,
      "Copy it from the request headers in the network panel of your browser's developer tools.",
    );
  }
  return cookie;
}

/** What a header can hold: no line break, nothing beyond Latin-1. */
const isHeaderValue = (text: string) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
