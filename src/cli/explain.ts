import { type AblyJwt, decodeAblyJwt, explainAblyJwt, isAblyJwtError } from '../index.js';
import { defineCommand } from './command.js';
import { exitCodeOf, printFindings, tally } from './findings.js';
import { printGrants } from './grants.js';
import { environmentKey, readStdin } from './input.js';
import { stdout } from './terminal.js';

export const explain = defineCommand({
  name: 'explain',
  summary: 'Say why Ably refuses a token, or what is risky about it.',
  operands: ['[token | -]'],
  flags: {
    revocable: { help: 'The key has revocable tokens: Ably refuses tokens of more than one hour.' },
    'clock-tolerance': {
      value: 'DURATION',
      help: 'How far "iat" may lie in the future. Default: 60s, as Ably has it.',
    },
    json: { help: 'Print the findings as a JSON array.' },
  },
  description: [
    'Reports every defect and risk of a token. It takes the token from standard input with "-" or without an argument, which keeps it out of the process list.',
    'The signature is checked if the variable ABLY_API_KEY holds the API key that should have signed it.',
  ],
  examples: [
    'pbpaste | ably-jwt explain',
    'ably-jwt explain eyJhbGciOi...',
    'ABLY_API_KEY=$(cat key.txt) ably-jwt explain - < token.txt',
  ],
  exits: [
    'Ably would accept the token; there may be warnings.',
    'Ably refuses the token.',
    'A flag is wrong.',
  ],
  async run({ flags, operands: [argument = '-'] }) {
    const token = argument === '-' ? await readStdin('the token') : argument;
    const findings = await explainAblyJwt(token, environmentKey(), {
      revocable: flags.revocable,
      // Checked there.
      clockTolerance: flags['clock-tolerance'] as `${number}s` | undefined,
    });
    if (flags.json) {
      stdout.json(findings, 2);
      return exitCodeOf(findings);
    }
    const read = readable(token);
    if (read !== undefined) {
      stdout.line(stdout.style('bold', 'What the token says'));
      printGrants(stdout, read);
      stdout.line();
    }
    printFindings(stdout, findings);
    stdout.line(verdict(exitCodeOf(findings), tally(findings)));
    return exitCodeOf(findings);
  },
});

function verdict(exitCode: number, count: string): string {
  if (exitCode === 0) {
    const accepted = stdout.style('green', 'Ably would accept this token.');
    return count === '' ? accepted : `${accepted} ${count}.`;
  }
  return `${stdout.style('red', 'Ably refuses this token.')} ${count}.`;
}

function readable(token: string): AblyJwt | undefined {
  try {
    return decodeAblyJwt(token);
  } catch (error) {
    if (isAblyJwtError(error)) return undefined;
    throw error;
  }
}
