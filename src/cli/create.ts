import {
  type AblyJwtError,
  type AblyJwtOptions,
  anyClientId,
  createAblyJwt,
  decodeAblyJwt,
  explainAblyJwt,
  isAblyJwtError,
} from '../index.js';
import { type FlagValues, UsageError } from './args.js';
import { defineCommand } from './command.js';
import { printFindings } from './findings.js';
import { printGrants } from './grants.js';
import { jsonValue, keyStdin, requiredKey } from './input.js';
import { stderr, stdout } from './terminal.js';

const flags = {
  capability: {
    value: 'JSON',
    help: 'What the holder may do: a JSON object of resources and operations, or "inherit" for every right of the key. Required.',
  },
  'client-id': { value: 'ID', help: "The holder's identity. If omitted, the client is anonymous." },
  'any-client-id': { help: 'The holder may take any identity. For servers you trust.' },
  'client-type': {
    value: 'TYPE',
    help: '"server" for a server of yours that uses Ably with this token. Never for a device.',
  },
  ttl: { value: 'DURATION', help: 'How long it is valid: 90s, 15m, 1h, 1d. Default: 1h.' },
  revocable: { help: 'The key has revocable tokens: at most one hour is allowed.' },
  'revocation-key': { value: 'NAME', help: 'A name to revoke it by, together with others.' },
  'channel-claims': {
    value: 'JSON',
    help: 'Channel patterns and what others on these channels learn about the holder.',
  },
  'room-claims': { value: 'JSON', help: 'The same for the rooms of Ably Chat.' },
  'publish-rate-limits': { value: 'JSON', help: 'Channel patterns and messages per second.' },
  claims: { value: 'JSON', help: 'Further claims, for services of your own.' },
  'issued-at': { value: 'TIME', help: 'When it is issued, such as 2026-01-31T12:00:00Z. Default: now.' },
  backdate: { value: 'DURATION', help: 'How much earlier than that it says it was issued.' },
  ...keyStdin,
} as const;

export const create = defineCommand({
  name: 'create',
  summary: 'Sign a token.',
  operands: [],
  flags,
  description: [
    'Signs an Ably JWT. The token alone goes to standard output; what it grants goes to standard error.',
    'The API key comes from the variable ABLY_API_KEY or from standard input, never from an argument.',
  ],
  examples: [
    `ably-jwt create --capability '{"chat:*":["subscribe","publish"]}' \\\n    --client-id alice --ttl 15m`,
    'pass show ably | ably-jwt create --key-stdin --capability inherit',
    `TOKEN=$(ably-jwt create --capability '{"*":["subscribe"]}')`,
  ],
  exits: ['The token was signed.', 'Something else failed.', 'A flag or the key is wrong.'],
  async run({ flags: given }) {
    const options = readOptions(given);
    const key = await requiredKey(given['key-stdin']);
    const token = await createAblyJwt(key, options).catch((error: unknown) => {
      throw isAblyJwtError(error) ? inFlags(error) : error;
    });
    stdout.line(token);
    printGrants(stderr, decodeAblyJwt(token));
    const findings = await explainAblyJwt(token, key, { currentDate: options.issuedAt });
    if (findings.length > 0) stderr.line();
    printFindings(stderr, findings);
    return 0;
  },
});

/** Options that a terminal has no use for. */
type Left = 'allowBrowser';

function readOptions(given: FlagValues<typeof flags>): AblyJwtOptions {
  const capability = given.capability;
  if (capability === undefined) {
    throw new UsageError(
      'create needs --capability: without it a token has every right of its key.',
      `Write --capability '{"chat:*":["subscribe"]}', or --capability inherit if it may do all of that.`,
    );
  }
  // An option of createAblyJwt that has no flag does not compile.
  const options: { [Name in Exclude<keyof AblyJwtOptions, Left>]-?: unknown } = {
    capability,
    clientId: readClientId(given),
    clientType: given['client-type'],
    ttl: given.ttl,
    revocable: given.revocable,
    revocationKey: given['revocation-key'],
    channelClaims: jsonValue('--channel-claims', given['channel-claims'], '{"chat:*":"moderator"}'),
    roomClaims: jsonValue('--room-claims', given['room-claims'], '{"lobby":"moderator"}'),
    publishRateLimits: jsonValue('--publish-rate-limits', given['publish-rate-limits'], '{"chat:*":5}'),
    claims: jsonValue('--claims', given.claims, '{"plan":"pro"}'),
    issuedAt: readTime(given['issued-at']),
    backdate: given.backdate,
  };
  // createAblyJwt refuses some options that are undefined: in a program, that is a value gone missing.
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as AblyJwtOptions;
}

function readClientId(given: FlagValues<typeof flags>): string | typeof anyClientId | undefined {
  const any = given['any-client-id'];
  const clientId = given['client-id'];
  if (clientId === '*') {
    throw new UsageError(
      '--client-id can\'t be "*": no user has that id.',
      'Use --any-client-id for a token whose holder may take any identity.',
    );
  }
  if (any && clientId !== undefined)
    throw new UsageError('--client-id and --any-client-id exclude each other.', 'Keep one of them.');
  return any ? anyClientId : clientId;
}

function readTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  // Without its zone a time would depend on the machine.
  if (!/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(time.getTime()))
    throw new UsageError('--issued-at must be a time with its zone, such as 2026-01-31T12:00:00Z.');
  return time;
}

/** An error about an option, told of its flag. */
function inFlags(error: AblyJwtError): UsageError {
  const message = Object.keys(flags).reduce((text, flag) => {
    const option = flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    return text.replaceAll(`"${option}"`, `--${flag}`);
  }, error.message);
  return new UsageError(message, error.hint);
}
