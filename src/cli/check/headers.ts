import { quoted } from '../../util/text.js';
import type { Reported } from '../findings.js';
import type { Answer } from './request.js';
import { finding } from './rules.js';

/** Findings about the URL alone. */
export function judgeUrl({ protocol, hostname }: URL): Reported[] {
  const local = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return protocol === 'https:' || local ? [] : [finding('NO_TLS', 'The URL uses plain http.')];
}

/** The form of a whole API key, in a text of other things. */
const wholeKey = /(?<![\w.-])[\w-]{4,12}\.[\w-]{4,12}:[\w-]{16,}/;

/** Findings about what goes with a token: the headers that guard it, and what must not be there. */
export function judgeHeaders({ headers, body }: Answer, method: 'GET' | 'POST'): Reported[] {
  const cacheControl = headers.get('cache-control');
  // Caches keep answers to GET only.
  const cacheable = method === 'GET' && !/\bno-store\b/i.test(cacheControl ?? '');
  const sniffed = headers.get('x-content-type-options')?.trim().toLowerCase() !== 'nosniff';
  const exposed = [body, ...headers.values()].some((text) => wholeKey.test(text));
  return [
    ...(cacheable
      ? [
          finding(
            'CACHEABLE',
            cacheControl === null
              ? 'The answer has no Cache-Control.'
              : `The Cache-Control of the answer is ${quoted(cacheControl)}.`,
          ),
        ]
      : []),
    ...(sniffed ? [finding('NO_NOSNIFF', 'The answer has no "X-Content-Type-Options: nosniff".')] : []),
    ...(exposed ? [finding('KEY_EXPOSED', 'The answer holds what looks like a whole API key.')] : []),
  ];
}
