import {
  type AblyJwt,
  createAblyJwt,
  decodeAblyJwt,
  isAblyJwtError,
  type Operation,
  verifyAblyJwt,
} from '../index.js';
import { printable, quoted } from '../util/text.js';
import { UsageError } from './args.js';
import { defineCommand } from './command.js';
import { environmentKey, readStdin } from './input.js';
import { stderr, stdout } from './terminal.js';

export const can = defineCommand({
  name: 'can',
  summary: 'Say whether a token grants an operation on a channel.',
  operands: ['operation', 'channel'],
  flags: {},
  description: [
    'Answers yes or no for the token on standard input.',
    'If the variable ABLY_API_KEY is set, the token is verified first. Otherwise the answer goes by what the token says, which may be forged.',
  ],
  examples: [
    'ably-jwt can publish chat:42 < token.txt',
    `ably-jwt create --capability '{"chat:*":["subscribe"]}' |\n    ably-jwt can publish chat:42`,
  ],
  exits: ['Yes.', 'No, or Ably refuses the token.', 'An argument is wrong.'],
  async run({ operands: [operation, channel] }) {
    const token = await readToken(await readStdin('the token'));
    await assertOperation(operation!, token);
    const granted = token.can(operation as Operation, channel!);
    stdout.line(granted ? stdout.style('green', 'yes') : stdout.style('red', 'no'));
    stderr.line(reason(token));
    return granted ? 0 : 1;
  },
});

async function readToken(text: string): Promise<AblyJwt> {
  const key = environmentKey();
  return key === undefined ? decodeAblyJwt(text) : await verifyAblyJwt(text, key);
}

/** Refuses a misspelled operation: the answer "no" would be taken for the token's. */
async function assertOperation(operation: string, { capability = {} }: AblyJwt): Promise<void> {
  const granted: readonly string[] = Object.values(capability).flat();
  if (granted.includes(operation)) return;
  try {
    // It checks the names of operations. The token it signs is dropped.
    await createAblyJwt('none.none:none', { capability: { '*': [operation as Operation] } });
  } catch (error) {
    if (!isAblyJwtError(error)) throw error;
    const suggestion = / Did you mean "[^"]+"\?$/.exec(error.message)?.[0] ?? '';
    throw new UsageError(`Ably has no operation ${quoted(operation)}.${suggestion}`, error.hint);
  }
}

function reason({ capability }: AblyJwt): string {
  if (capability === undefined)
    return 'The token inherits every right of its key. What the key itself may do is not in the token.';
  const rights = Object.entries(capability).map(
    ([resource, operations]) => `${operations.join(', ')} on ${resource}`,
  );
  return `The token grants ${rights.length === 0 ? 'nothing' : printable(rights.join('; '))}.`;
}
