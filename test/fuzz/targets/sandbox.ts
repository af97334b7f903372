import { request } from 'node:http';
import { decode, encode } from '@msgpack/msgpack';
import { type AblySandbox, startAblySandbox } from 'ably-jwt/testing';
import { WebSocket } from 'ws';
import { oddPieces, type Random } from '../support/random.js';
import { check, type Running, type Target } from '../support/target.js';

/** Names that may be a channel's, or just not. */
const channelNames = [
  ...[
    'chat',
    'a:b',
    '[meta]log',
    '[?rewind=5]chat',
    '[filter=x]chat',
    'lobby::$chat',
    '*',
    '',
    ':',
    '[',
    '[]',
    '[???',
  ],
  ...[
    'chat\n',
    '__proto__',
    'constructor',
    'é',
    '\ud800',
    'x'.repeat(300),
    '[meta?x=1]chat',
    '[*]chat',
    '[queue]q',
  ],
];

/** A value that a field may have by mistake, or to do harm. */
function anyValue(random: Random, depth = 0): unknown {
  return random.choose<unknown>(
    () => random.pick(oddPieces),
    () => random.pick<unknown>([null, true, 0, -1, 1.5, 2 ** 31, 2 ** 53, Number.MAX_VALUE]),
    () => random.pick(channelNames),
    () => (depth > 3 ? [] : random.list(3, () => anyValue(random, depth + 1))),
    () =>
      depth > 3
        ? {}
        : Object.fromEntries(
            random.list(3, () => [random.pick([...fieldNames, ...oddPieces]), anyValue(random, depth + 1)]),
          ),
    () => nested(random.pick([10, 63, 64, 65, 100, 400])),
  );
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let n = 0; n < levels; n += 1) value = n % 2 === 0 ? [value] : { a: value };
  return value;
}

const fieldNames = [
  ...[
    'action',
    'channel',
    'messages',
    'presence',
    'annotations',
    'msgSerial',
    'flags',
    'params',
    'auth',
    'id',
    'count',
  ],
  ...[
    'name',
    'data',
    'encoding',
    'clientId',
    'serial',
    'extras',
    'version',
    'timestamp',
    'type',
    'accessToken',
  ],
];

const element = (random: Random): Record<string, unknown> => ({
  action: random.int(6),
  name: random.pick(['x', 'y']),
  data: random.choose<unknown>(
    () => 'text',
    () => anyValue(random),
  ),
  ...(random.chance(0.5) ? { [random.pick(fieldNames)]: anyValue(random) } : {}),
  ...(random.chance(0.2)
    ? { extras: anyValue(random), encoding: random.pick(['json', 'base64', 'utf-8/base64', 'x'.repeat(9)]) }
    : {}),
});

function frame(random: Random): Record<string, unknown> {
  const good: Record<string, unknown> = {
    action: random.pick([0, 5, 7, 10, 10, 12, 14, 15, 15, 16, 17, 20, 21, 22, 23, 24]),
    channel: random.pick(channelNames),
    msgSerial: random.int(5),
  };
  // These end the connection when they work: rarely.
  if ([5, 7, 17, 24].includes(good.action as number) && random.chance(0.8)) good.action = 10;
  if (good.action === 10) good.flags = random.int(2 ** 26);
  if (good.action === 15) good.messages = random.list(3, () => element(random));
  if (good.action === 14) good.presence = random.list(3, () => element(random));
  if (good.action === 21) good.annotations = random.list(3, () => element(random));
  if (good.action === 17) good.auth = { accessToken: random.pick<unknown>(['x.y.z', '', 7, null]) };
  if (random.chance(0.4)) good[random.pick(fieldNames)] = anyValue(random);
  return good;
}

/** The bytes of a frame, sometimes of none. */
function bytes(random: Random, binary: boolean): string | Uint8Array {
  if (!binary) {
    const text = JSON.stringify(frame(random));
    return random.chance(0.9) ? text : random.mutate(text);
  }
  if (random.chance(0.9)) return encode(frame(random), { maxDepth: 1000 });
  return random.choose<Uint8Array>(
    // Headers that announce what never comes.
    () =>
      Uint8Array.from(
        random.list(40, () => random.pick([0xdd, 0xdf, 0xc6, 0xdb, 0xff, 0x91, 0x81, 0, 0x7f])),
      ),
    () => encode(frame(random), { maxDepth: 1000 }).slice(0, random.int(50)),
    () => Uint8Array.from(random.list(40, () => random.int(256))),
  );
}

const encoded = (value: object, binary: boolean) => (binary ? encode(value) : JSON.stringify(value));

/** Sends frames on a connection of its own, and asks for a sign of life after them. */
async function tryFrames(sandbox: AblySandbox, random: Random): Promise<string> {
  const binary = random.chance(0.5);
  const query = new URLSearchParams({
    key: sandbox.apiKey,
    format: binary ? 'msgpack' : 'json',
    v: '6',
    clientId: 'alice',
  });
  const socket = new WebSocket(`ws://localhost:${sandbox.port}/?${query}`);
  const received: string[] = [];
  try {
    const outcome = await new Promise<string>((resolve, reject) => {
      socket.on('message', (data) => {
        const text = String(data);
        received.push(text);
        if (text.includes('internal error of the sandbox')) resolve(`internal error: ${text}`);
        if (text.includes('the last one')) resolve('alive');
        if (received.length > 1) return;
        for (let n = random.int(8) + 1; n > 0; n -= 1) socket.send(bytes(random, binary));
        socket.send(encoded({ action: 0, id: 'the last one' }, binary));
      });
      socket.on('close', () => resolve('closed'));
      socket.on('error', reject);
    });
    check(!outcome.startsWith('internal'), 'The sandbox failed.', outcome);
    return outcome;
  } finally {
    socket.terminate();
  }
}

const methods = ['GET', 'GET', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'];
const paths = [
  ...[
    '/',
    '/time',
    '/stats',
    '/messages',
    '/presence',
    '/channels',
    '/apps',
    '/apps/x',
    '/is-the-internet-up.txt',
  ],
  ...[
    '/channels/C',
    '/channels/C/messages',
    '/channels/C/history',
    '/channels/C/presence',
    '/channels/C/presence/history',
  ],
  ...['/channels/C/messages/S', '/channels/C/messages/S/versions', '/channels/C/messages/S/annotations'],
  ...[
    '/keys/K/requestToken',
    '/keys/K/revokeTokens',
    '/comet/connect',
    '/event-stream',
    '/__proto__',
    '//',
    '/%',
    '/../x',
  ],
];

function target(random: Random, sandbox: AblySandbox): string {
  const name = sandbox.apiKey.slice(0, sandbox.apiKey.indexOf(':'));
  const odd = () =>
    encodeURIComponent(random.pick([...channelNames, ...oddPieces]).replace(/[\ud800-\udfff]/g, ''));
  const path = random
    .pick(paths)
    .replace(/\bC\b/, () => (random.chance(0.5) ? 'chat' : odd()))
    .replace(/\bS\b/, odd)
    .replace(/\bK\b/, () => (random.chance(0.8) ? name : odd()));
  const names = [
    'limit',
    'start',
    'end',
    'direction',
    'clientId',
    'connectionId',
    'v',
    'channels',
    'channel',
    'prefix',
    'by',
    'key',
    'cursor',
  ];
  const query = random.list(
    3,
    () => `${random.pick(names)}=${random.chance(0.5) ? random.int(2000) : odd()}`,
  );
  const whole = query.length === 0 ? path : `${path}?${query.join('&')}`;
  // Node's own parser answers what is not a target at all.
  return random.chance(0.05) ? `/${random.mutate(whole).replace(/[^\x21-\x7e]/g, '')}` : whole;
}

function restBody(random: Random, binary: boolean): string | Uint8Array {
  const value = random.choose<unknown>(
    () => element(random),
    () => random.list(3, () => element(random)),
    () => ({
      channels: random.list(3, () => random.pick(channelNames)),
      messages: random.list(2, () => element(random)),
    }),
    () => ({
      targets: random.list(3, () => random.pick<unknown>(['clientId:alice', 'channel:a', 'x', '', 7, null])),
      issuedBefore: anyValue(random),
      allowReauthMargin: anyValue(random),
    }),
    () => ({
      ttl: anyValue(random),
      capability: anyValue(random),
      clientId: anyValue(random),
      timestamp: Date.now(),
      nonce: random.pick<unknown>(['x'.repeat(16), 7]),
      keyName: anyValue(random),
    }),
    () => anyValue(random),
  );
  if (!binary) return random.chance(0.9) ? JSON.stringify(value) : random.mutate(JSON.stringify(value));
  return random.chance(0.9) ? encode(value, { maxDepth: 1000 }) : bytes(random, true);
}

async function tryRequest(sandbox: AblySandbox, random: Random): Promise<string> {
  const binary = random.chance(0.3);
  const method = random.pick(methods);
  const type = binary ? 'application/x-msgpack' : 'application/json';
  const authorization = random.choose(
    () => `Basic ${btoa(sandbox.apiKey)}`,
    () => `Basic ${btoa(sandbox.apiKey)}`,
    () => `Bearer ${btoa('x.y.z')}`,
    () => random.pick(['', 'Basic', 'Basic !', 'Bearer', 'Digest x']),
  );
  const path = target(random, sandbox);
  const { status, body } = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const asked = request(
      {
        port: sandbox.port,
        host: 'localhost',
        method,
        path,
        headers: {
          authorization,
          accept: type,
          'content-type': type,
          'x-ably-version': random.pick(['6', '2', 'x', '']),
        },
      },
      (response) => {
        // A stream of events goes on until somebody hangs up.
        if (response.headers['content-type'] === 'text/event-stream') {
          response.destroy();
          return resolve({ status: 200, body: '' });
        }
        let text = '';
        response.setEncoding('latin1').on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
        response.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end(['POST', 'PUT', 'PATCH'].includes(method) ? restBody(random, binary) : undefined);
  });
  const shown = `${method} ${path} → ${status} ${body.slice(0, 500)}`;
  check(status >= 200 && status < 600 && status !== 500, 'The sandbox failed.', shown);
  check(!body.includes('internal error of the sandbox'), 'The sandbox failed.', shown);
  if (status < 400 || method === 'HEAD' || status === 501) return `${Math.floor(status / 100)}xx`;
  if (status === 404 && body === '') return '4xx';
  check(body !== '', 'An error without a body.', shown);
  // A batch of which a part failed answers in the format that was asked for.
  const answer = body.startsWith('{') ? JSON.parse(body) : decode(Buffer.from(body, 'latin1'));
  const { error } = answer as { error: { code: number; statusCode: number } };
  check(Number.isInteger(error.code) && error.statusCode === status, 'Not an Ably error.', shown);
  return '4xx';
}

/** A target against one sandbox, which must be whole when all is done. */
const against = (
  name: string,
  attempt: (sandbox: AblySandbox, random: Random) => Promise<string>,
): Target => ({
  name,
  async start(): Promise<Running> {
    const sandbox = await startAblySandbox();
    const stray: unknown[] = [];
    const listener = (reason: unknown) => stray.push(reason);
    process.on('unhandledRejection', listener);
    process.on('uncaughtException', listener);
    return {
      async tryInput(random) {
        const outcome = await attempt(sandbox, random);
        check(stray.length === 0, 'An error was left alone.', stray[0]);
        return outcome;
      },
      async close() {
        await sandbox.close();
        await new Promise(setImmediate);
        process.off('unhandledRejection', listener);
        process.off('uncaughtException', listener);
        check(stray.length === 0, 'An error was left alone.', stray[0]);
      },
    };
  },
});

/** WebSocket frames to the sandbox, JSON and MessagePack. */
export const frames = against('frames', tryFrames);
/** REST requests to the sandbox. */
export const requests = against('requests', tryRequest);
