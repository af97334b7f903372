/**
 * Writes docs/fidelity.md: what the sandbox answers to each open question, beside what Ably's documentation and code say.
 *
 *     npm run docs:fidelity
 *
 * `test/fidelity/fidelity.test.ts` fails when the file differs from what this program would write.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startAblySandbox } from 'ably-jwt/testing';
import { probeAll, rules } from '../test/fidelity/rules.js';

export const file = fileURLToPath(new URL('../docs/fidelity.md', import.meta.url));

export async function fidelity(): Promise<string> {
  const sandbox = await startAblySandbox();
  try {
    const answers = await probeAll(sandbox.url, sandbox.apiKey);
    const rows = rules.map(({ id, rule, docs, code, basis }) => {
      const cells = [rule, docs, code, answers.get(id), basis].map((cell) =>
        String(cell).replaceAll('|', '\\|'),
      );
      return `| ${cells.join(' | ')} |`;
    });
    return `${introduction}${rows.join('\n')}\n${ending}`;
  } finally {
    await sandbox.close();
  }
}

const introduction = `# How faithful is the sandbox?

The sandbox and \`verifyAblyJwt\` follow Ably's documentation and its public code. Some rules are written down nowhere, and on
some the sources differ. This table lists them, so that you know what a passing test proves.

- *Ably's docs*, *Ably's code*: what each says; "–" means nothing.
- *Sandbox*: the HTTP status and Ably's error code that the sandbox answers. A program asked it when this page was written.
- *Basis*: whether this package follows the documentation (\`documented\`), Ably's public code (\`code\`), or a conclusion of its
  own (\`inferred\`). Don't build on an \`inferred\` rule.

| rule | Ably's docs | Ably's code | sandbox | basis |
| --- | --- | --- | --- | --- |
`;

const ending = `
## Ask Ably yourself

With an API key of a test app, one command asks Ably every question and prints its answers beside the sandbox's:

\`\`\`sh
ABLY_API_KEY=appId.keyId:secret node scripts/probe-live.mjs
\`\`\`

It sends about 30 requests and publishes a few messages to channels whose names begin with \`probe\`. If Ably answers
differently, please [open an issue](https://github.com/ably-jwt/ably-jwt/issues) with the output: it holds no secret.
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(file, await fidelity());
