import type { Answer } from './asking.js';

const json = { 'content-type': 'application/json' };
const complete = '{"error":{"code":40300,"statusCode":403,"message":"Your account is suspended."}}';

/**
 * Answers after which a client must not ask again, and what its error says. Ably's client by itself goes on for ever
 * after some, and takes others for a token. In what they say, `URL` stands for that of the endpoint.
 */
export const refusals: readonly (readonly [name: string, answer: Answer, says: string])[] = [
  ['401', { status: 401 }, 'URL answered 401. Log in again.'],
  ['401 with an error', { status: 401, headers: json, body: complete }, 'Your account is suspended.'],
  ['403 with an error', { status: 403, headers: json, body: complete }, 'Your account is suspended.'],
  [
    '403 with {"error":"text"}',
    { status: 403, headers: json, body: '{"error":"text"}' },
    'URL answered 403. Log in again.',
  ],
  [
    '403 with half an error',
    { status: 403, headers: json, body: '{"error":{"code":40300}}' },
    'URL answered 403. Log in again.',
  ],
  [
    '403 with JSON without an error',
    { status: 403, headers: json, body: '{}' },
    'URL answered 403. Log in again.',
  ],
  ['403 with no JSON', { status: 403, headers: json, body: '{"error":' }, 'URL answered 403. Log in again.'],
  ['403 with nothing', { status: 403, headers: json, body: '' }, 'URL answered 403. Log in again.'],
  [
    '403 with text',
    { status: 403, headers: { 'content-type': 'text/plain' }, body: 'No.' },
    'URL answered 403. Log in again.',
  ],
  [
    '404',
    { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>Not here' },
    'URL answered 404. Check the URL passed to createAuthCallback.',
  ],
  ['405', { status: 405 }, 'URL answered 405. Check the options passed to createAuthCallback.'],
  [
    'a login page',
    { headers: { 'content-type': 'text/html' }, body: '<form>' },
    'URL answered HTML (200 text/html), not a token. Check the URL passed to createAuthCallback.',
  ],
  [
    'a page as a token',
    { headers: { 'content-type': 'application/jwt' }, body: '<form>' },
    'URL answered HTML (200 application/jwt), not a token. Check the URL passed to createAuthCallback.',
  ],
  [
    '204',
    { status: 204 },
    'URL answered nothing (204 application/jwt), not a token. Check the URL passed to createAuthCallback.',
  ],
  [
    'an empty body',
    { body: '' },
    'URL answered nothing (200 application/jwt), not a token. Check the URL passed to createAuthCallback.',
  ],
  [
    'JSON without a token',
    { headers: json, body: '{"accessToken":"a.b.c"}' },
    'URL answered JSON without "token"; it has "accessToken".',
  ],
  [
    'a redirect',
    { status: 302, headers: { location: '/login' } },
    'URL redirected, probably to a login page: the session has ended.',
  ],
];
