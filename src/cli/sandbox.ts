import type { AblySandbox } from '../testing.js';
import { shortestSecret } from '../util/credentials.js';
import { UsageError } from './args.js';
import { defineCommand } from './command.js';
import { hiding } from './hiding.js';
import { givenKey, keyStdin } from './input.js';
import { eventLine } from './sandbox/event-line.js';
import { snippets } from './sandbox/snippets.js';
import { type Output, stdout } from './terminal.js';

export const sandbox = defineCommand({
  name: 'sandbox',
  summary: "Run a local server that speaks Ably's protocol, to test auth.",
  operands: [],
  flags: {
    port: { value: 'PORT', help: 'The port on localhost. Default: 8081; 0 takes a free one.' },
    ...keyStdin,
    'revocable-tokens': {
      help: 'Tokens of the key can be revoked over REST, and are valid for an hour at most.',
    },
    provisioning: {
      help: 'Let POST /apps make further apps, for suites written for the test cloud of Ably.',
    },
    origin: {
      value: 'ORIGIN',
      help: 'Let pages of this origin use it, such as https://app.test:3000; several with commas between. Pages of localhost always may.',
    },
    json: { help: 'Print one JSON object a line: where it listens, then the events.' },
  },
  description: [
    'Starts an Ably-compatible server on localhost: connect the SDKs of Ably to it, in any language, and see each connection, renewal and refusal as it happens, with the reason.',
    'It takes the API key of the variable ABLY_API_KEY, or of standard input, so that your backend and the sandbox share one. Without a key it makes one up. Nothing leaves your machine.',
    'Its URL is a page for your browser: connections, tokens with what is wrong with them, and buttons that revoke, expire and fail. Tests in other languages do the same over HTTP, below /admin/.',
    'Ctrl-C stops it.',
  ],
  examples: [
    'ably-jwt sandbox',
    'ABLY_API_KEY=$(cat key.txt) ably-jwt sandbox --port 9000',
    'ably-jwt sandbox --json | jq -c "select(.type == \\"refused\\") | .findings"',
  ],
  exits: [
    'It was stopped with Ctrl-C or SIGTERM.',
    'Something else failed.',
    'A flag or the key is wrong, or the port is in use.',
  ],
  async run({ flags }) {
    const port = readPort(flags.port);
    const key = await givenKey(flags['key-stdin']);
    const stopped = interrupted();
    // Only here: the other commands start without a server's code.
    const { startAblySandbox } = await import('../testing.js');
    let out: Output = stdout;
    const running = await startAblySandbox({
      port,
      keys: [{ key, revocableTokens: flags['revocable-tokens'] }],
      provisioning: flags.provisioning,
      admin: true,
      origins: flags.origin?.split(/\s*,\s*/),
      onEvent(event) {
        if (flags.json) out.json(event);
        else out.line(eventLine(out, event), '', ' '.repeat(22));
      },
    });
    // A client chooses its id, and can have put a token or the key there.
    out = hiding(
      stdout,
      running.keys.map(({ key }) => key.split(':')[1]!).filter(({ length }) => length >= shortestSecret),
    );
    if (flags.json) announceJson(running, key === undefined);
    else announce(running, key === undefined);
    await stopped;
    await running.close();
    return 0;
  },
});

function readPort(text = '8081'): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new UsageError('--port must be a port number, 0 to 65535.');
}

/**
 * Fulfilled by Ctrl-C. A second one ends the process, should closing hang. Or when there is nothing left to wait for: the
 * sandbox was stopped over its admin interface.
 */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('beforeExit', () => resolve());
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

/** Of a key that you passed, only the name is shown. */
function announceJson({ url, port, keys, clientOptions }: AblySandbox, made: boolean): void {
  const [{ key, name }] = keys as [AblySandbox['keys'][number]];
  stdout.json({ type: 'listening', url, port, keyName: name, ...(made && { key }), clientOptions });
}

function announce({ url, port, keys }: AblySandbox, made: boolean): void {
  const [{ key, name }] = keys as [AblySandbox['keys'][number]];
  stdout.line(`${stdout.style('bold', 'Ably sandbox')} on ${stdout.style('cyan', url)}`);
  stdout.line('Open it in your browser to watch, and to make things happen.');
  stdout.line(made ? `Key: ${stdout.style('cyan', key)}` : `Key: ${name}, with the secret that you gave`);
  stdout.line();
  stdout.line('Sign tokens with this key in your backend, and point a client at the sandbox:');
  for (const { sdk, lines } of snippets(port)) {
    stdout.line();
    stdout.line(stdout.style('dim', sdk), '  ');
    // As they are, so that they can be pasted.
    for (const line of lines) stdout.line(line, '    ');
  }
  stdout.line();
  stdout.line('Watching. Ctrl-C stops it.');
}
