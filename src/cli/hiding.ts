import { maskCredentials } from '../util/credentials.js';
import type { Output } from './terminal.js';

/** An output in which secrets and tokens are struck out: an endpoint may repeat what it was sent. */
export function hiding(out: Output, secrets: readonly string[]): Output {
  const forms = new Set(secrets.flatMap((secret) => [secret, encodeURIComponent(secret), base64(secret)]));
  const clean = (text: string) => maskCredentials([...forms].reduce(withoutSecret, text));
  return {
    style: (format, text) => out.style(format, text),
    line: (text = '', ...indents) => out.line(clean(text), ...indents),
    advice: (text, ...indents) => out.advice(clean(text), ...indents),
    json: (value, space) =>
      out.json(
        JSON.parse(JSON.stringify(value), (_, part) => (typeof part === 'string' ? clean(part) : part)),
        space,
      ),
  };
}

const base64 = (text: string) => Buffer.from(text).toString('base64').replaceAll('=', '');

/** Shorter texts are in any text. */
const leastLength = 8;

/** A text without a secret, also where it was cut within the secret. */
function withoutSecret(text: string, secret: string): string {
  const [first = '', ...others] = text.split(secret.slice(0, leastLength));
  return others.reduce((before, after) => {
    let more = 0;
    while (more < after.length && after[more] === secret[leastLength + more]) more += 1;
    return `${before}***${after.slice(more)}`;
  }, first);
}

/** Headers that hold nothing secret; a word such as `application/json` is one of our own sentences as well. */
const plainHeader = /^(accept|content-)|^(user-agent|origin|referer|host)$/;

/** What is secret in the headers of a session: the value of each cookie, and the words of the other headers. */
export function secretsOf(headers: Readonly<Record<string, string>> = {}): string[] {
  return Object.entries(headers)
    .filter(([name]) => !plainHeader.test(name))
    .flatMap(([, value]) => value.split(/[\s;,]+/))
    .map((part) => part.slice(/^[^=]*=(?=[^=])/.exec(part)?.[0].length ?? 0))
    .flatMap(readings)
    .filter(({ length }) => length >= leastLength);
}

/**
 * What a server makes of a value: it takes quotes and percent-encoding away, and the signature from the id of a session,
 * as in `s%3Aid.signature`.
 */
function readings(value: string): string[] {
  const plain = decoded(value.replace(/^"|"$/g, ''));
  return [value, plain, ...plain.split(/[^\w-]+/).filter(({ length }) => length >= leastIdLength)];
}

/** Shorter pieces of a value may be words of our own. */
const leastIdLength = 16;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
