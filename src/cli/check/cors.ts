import { quoted } from '../../util/text.js';
import type { Reported } from '../findings.js';
import { type Answer, ask, type Question } from './request.js';
import { finding } from './rules.js';

type SessionHeaders = Readonly<Record<string, string>>;

/** Findings about what a page of that origin could do. */
export async function judgeOrigin(
  { url, method }: Pick<Question, 'url'> & { method: 'GET' | 'POST' },
  origin: string,
  session: SessionHeaders,
): Promise<Reported[]> {
  if (url.origin === origin) return [];
  const preflighted = Object.keys(session).filter((name) => name !== 'cookie');
  if (preflighted.length > 0) {
    const refused = await judgePreflight({ url, method }, origin, preflighted);
    if (refused.length > 0) return refused;
  }
  const answer = await ask({ url, method, headers: { ...session, origin } });
  return 'silence' in answer ? [] : judgeAllowed(answer, origin, 'cookie' in session);
}

function judgeAllowed({ headers }: Answer, origin: string, withCookie: boolean): Reported[] {
  const allowed = headers.get('access-control-allow-origin');
  if (allowed === '*' && withCookie)
    return [finding('CORS_WILDCARD', 'Every origin is allowed with "*", and the session is a cookie.')];
  if (allowed !== '*' && allowed !== origin) {
    const found = allowed === null ? 'none' : quoted(allowed);
    return [
      finding(
        'CORS_MISSING',
        `A page of ${quoted(origin)} can't read the answer: the origin allowed is ${found}.`,
      ),
    ];
  }
  if (withCookie && headers.get('access-control-allow-credentials') !== 'true')
    return [finding('CORS_CREDENTIALS', "Pages can't read the answer to a request with cookies.")];
  return [];
}

async function judgePreflight(
  { url, method }: { url: URL; method: 'GET' | 'POST' },
  origin: string,
  names: readonly string[],
): Promise<Reported[]> {
  const answer = await ask({
    url,
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': names.join(','),
    },
  });
  if ('silence' in answer) return [];
  if (answer.status < 200 || answer.status >= 300)
    return [
      finding(
        'CORS_PREFLIGHT',
        `The browser's OPTIONS request is answered with the status ${answer.status}.`,
      ),
    ];
  const allowedOrigin = answer.headers.get('access-control-allow-origin');
  if (allowedOrigin !== '*' && allowedOrigin !== origin)
    return [
      finding(
        'CORS_PREFLIGHT',
        `The answer to the browser's OPTIONS request doesn't allow ${quoted(origin)}.`,
      ),
    ];
  const allowed = (answer.headers.get('access-control-allow-headers') ?? '').toLowerCase().split(/\s*,\s*/);
  const refused = names.filter((name) => {
    // "*" stands for every header but this one.
    const everything = allowed.includes('*') && name !== 'authorization';
    return !everything && !allowed.includes(name);
  });
  return refused.length === 0
    ? []
    : [finding('CORS_PREFLIGHT', `A page may not send the header ${refused.map(quoted).join(', ')}.`)];
}

/** An origin that no site has. */
const foreignOrigin = 'https://ably-jwt-check.invalid';

/** Findings about pages that should have no part in it. Only cookies come along without the page knowing them. */
export async function judgeAnyOrigin(
  { url, method }: { url: URL; method: 'GET' | 'POST' },
  session: SessionHeaders,
): Promise<Reported[]> {
  if (!('cookie' in session)) return [];
  const answer = await ask({ url, method, headers: { ...session, origin: foreignOrigin } });
  if ('silence' in answer) return [];
  const reflected = answer.headers.get('access-control-allow-origin') === foreignOrigin;
  return reflected && answer.headers.get('access-control-allow-credentials') === 'true'
    ? [
        finding(
          'CORS_ANY_ORIGIN',
          `A page of ${quoted(foreignOrigin)}, an unknown site, can read the answer to a request with cookies.`,
        ),
      ]
    : [];
}
