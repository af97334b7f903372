import { expect, test } from 'vitest';
import { examine } from '../../src/cli/check/doctor.js';
import { testServers } from './serve.js';

const serve = testServers();

/** What looks like the beginning of a token, a key or JSON, again and again. */
const pieces = ['eyJ', 'eyJ.', 'eyJhbGciOiJIUzI1NiJ9', 'a.b:', 'a.', '"', '{"a":'];

test.each(['application/json', 'text/plain', 'text/html'])(
  'as much as is read of an answer (%s) is read in linear time',
  async (type) => {
    const start = performance.now();
    await Promise.all(
      pieces.map(async (piece) => {
        const url = await serve((_, response) =>
          response.writeHead(200, { 'Content-Type': type }).end(piece.repeat(131_072 / piece.length)),
        );
        await examine({ url: new URL(url), method: 'GET', session: { cookie: 'sid=one' } });
      }),
    );
    // One second is waited for another token. Quadratic, it takes six more.
    expect(performance.now() - start).toBeLessThan(4000);
  },
);
