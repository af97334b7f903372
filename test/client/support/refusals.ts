import type { Answer } from './asking.js';

const json = { 'content-type': 'application/json' };
const complete = '{"error":{"code":40300,"statusCode":403,"message":"Your account is suspended."}}';

/**
 * Answers after which a client must not ask again, and what its error says. Ably's client by itself goes on for ever
 * after some, and takes others for a token.
 */
export const refusals: readonly (readonly [name: string, answer: Answer, says: string])[] = [
  ['401', { status: 401 }, 'refused: needs a new login or URL'],
  [
    '401 with an error',
    { status: 401, headers: json, body: complete },
    'refused: Your account is suspended.',
  ],
  [
    '403 with an error',
    { status: 403, headers: json, body: complete },
    'refused: Your account is suspended.',
  ],
  ['403 with {"error":"text"}', { status: 403, headers: json, body: '{"error":"text"}' }, 'refused: needs a'],
  ['403 with half an error', { status: 403, headers: json, body: '{"error":{"code":40300}}' }, 'refused: '],
  ['403 with JSON without an error', { status: 403, headers: json, body: '{}' }, 'refused: needs a'],
  ['403 with no JSON', { status: 403, headers: json, body: '{"error":' }, 'refused: needs a'],
  ['403 with nothing', { status: 403, headers: json, body: '' }, 'refused: needs a'],
  [
    '403 with text',
    { status: 403, headers: { 'content-type': 'text/plain' }, body: 'No.' },
    'refused: needs a',
  ],
  [
    '404',
    { status: 404, headers: { 'content-type': 'text/html' }, body: '<h1>Not here' },
    'refused: needs a',
  ],
  ['a login page', { headers: { 'content-type': 'text/html' }, body: '<form>' }, 'sent HTML'],
  ['a page as a token', { headers: { 'content-type': 'application/jwt' }, body: '<form>' }, 'sent HTML'],
  ['204', { status: 204 }, 'sent no body'],
  ['an empty body', { body: '' }, 'sent no body'],
  ['JSON without a token', { headers: json, body: '{"ok":true}' }, 'sent no token'],
  ['a redirect', { status: 302, headers: { location: '/login' } }, 'refused: redirect'],
];
