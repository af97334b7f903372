import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The diagrams of the guides, drawn by this program: `npx tsx scripts/docs-diagrams.ts` writes them to docs/images. */
export function drawDiagrams(): Record<string, string> {
  return {
    'login-and-renewal.svg': loginAndRenewal(),
    'client-states.svg': clientStates(),
    'embedded-token.svg': embeddedToken(),
    'architecture.svg': architecture(),
  };
}

// A card of its own colour, so that a diagram can be read also where the page's theme is not the system's.
const style = `
  :root { --card: #ffffff; --edge: #d1d9e0; --ink: #1f2328; --soft: #59636e; --box: #f3f6fa; --line: #0969da; --good: #1a7f37; --bad: #cf222e }
  @media (prefers-color-scheme: dark) {
    :root { --card: #161b22; --edge: #3d444d; --ink: #f0f6fc; --soft: #a6b0bb; --box: #21262d; --line: #58a6ff; --good: #3fb950; --bad: #ff7b72 }
  }
  text { font: 15px system-ui, -apple-system, "Segoe UI", Roboto, "Open Sans", sans-serif; fill: var(--ink) }
  .soft { fill: var(--soft) } .name { font-weight: 600 } .code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 14px }
  .over { paint-order: stroke; stroke: var(--card); stroke-width: 6px }
  .card { fill: var(--card); stroke: var(--edge) } .box { fill: var(--box); stroke: var(--edge) }
  .lane, .rule { stroke: var(--edge) } .rule { stroke-dasharray: 2 4 }
  .arrow { fill: none; stroke: var(--line); stroke-width: 1.6; marker-end: url(#line) }
  .good { stroke: var(--good); marker-end: url(#good) } .bad { stroke: var(--bad); marker-end: url(#bad) } .answer { stroke-dasharray: 6 4 }`;

const marker = (id: string) =>
  `<marker id="${id}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 1 9 5 0 9z" fill="var(--${id})"/></marker>`;

function svg(width: number, height: number, title: string, content: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${title}">
<title>${title}</title>
<style>${style}
</style>
<defs>${['line', 'good', 'bad'].map(marker).join('')}</defs>
<rect class="card" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
${content.join('\n')}
</svg>
`;
}

type Anchor = 'start' | 'middle' | 'end';

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const label = (x: number, y: number, text: string, anchor: Anchor = 'middle', kind = '') =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}"${kind === '' ? '' : ` class="${kind}"`}>${escaped(text)}</text>`;
const arrow = (path: string, kind = '') =>
  `<path class="arrow${kind === '' ? '' : ` ${kind}`}" d="${path}"/>`;
const box = (x: number, y: number, width: number, height: number) =>
  `<rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`;

/** A message from one lane to another, an answer to one, a thought of a lane, or the title of a part. */
type Step =
  | { from: Lane; to: Lane; text: string; answer?: boolean }
  | { at: Lane; text: string }
  | { part: string };
type Lane = 'browser' | 'server' | 'ably';

const lanes: Record<Lane, { x: number; name: string }> = {
  browser: { x: 90, name: 'Browser' },
  server: { x: 360, name: 'Your server' },
  ably: { x: 610, name: 'Ably' },
};

function loginAndRenewal(): string {
  const steps: Step[] = [
    { part: 'Login' },
    { from: 'browser', to: 'server', text: 'name and password' },
    { from: 'server', to: 'browser', text: 'session cookie', answer: true },
    { from: 'browser', to: 'server', text: 'GET /auth, with the cookie' },
    { at: 'server', text: 'Who is it? What may they do?' },
    { from: 'server', to: 'browser', text: 'JWT, signed with the API key', answer: true },
    { from: 'browser', to: 'ably', text: 'connect, with the JWT' },
    { from: 'ably', to: 'browser', text: 'connected, as alice', answer: true },
    { part: '30 seconds before the JWT expires' },
    { from: 'ably', to: 'browser', text: 'asks for a new token' },
    { from: 'browser', to: 'server', text: 'GET /auth, with the cookie' },
    { at: 'server', text: 'Same user? Still allowed?' },
    { from: 'server', to: 'browser', text: 'new JWT', answer: true },
    { from: 'browser', to: 'ably', text: 'the new JWT, on the same connection' },
    { from: 'ably', to: 'browser', text: 'stays connected', answer: true },
  ];
  const width = 700;
  let y = 62;
  const drawn: string[] = [];
  for (const step of steps) {
    if ('part' in step) {
      y += 34;
      drawn.push(
        `<path class="rule" d="M16 ${y - 18}H${width - 16}"/>`,
        label(20, y, step.part, 'start', 'soft'),
      );
      y += 6;
      continue;
    }
    y += 40;
    if ('at' in step) {
      const { x } = lanes[step.at];
      drawn.push(box(x - 118, y - 24, 236, 32), label(x, y - 3, step.text));
      continue;
    }
    const [from, to] = [lanes[step.from].x, lanes[step.to].x];
    const inset = from < to ? 4 : -4;
    drawn.push(
      arrow(`M${from + inset} ${y}H${to - inset}`, step.answer === true ? 'answer' : ''),
      label((from + to) / 2, y - 8, step.text, 'middle', 'over'),
    );
  }
  const bottom = y + 24;
  const lines = Object.values(lanes).flatMap(({ x, name }) => [
    `<path class="lane" d="M${x} 52V${bottom}"/>`,
    box(x - 70, 16, 140, 36),
    label(x, 39, name, 'middle', 'name'),
  ]);
  return svg(width, bottom + 16, 'Login and renewal', [...lines, ...drawn]);
}

function clientStates(): string {
  const state = (x: number, y: number, name: string) => [
    box(x, y, 150, 48),
    label(x + 75, y + 29, name, 'middle', 'code'),
  ];
  return svg(760, 346, 'States of the client', [
    arrow('M610 122C600 20 120 20 105 118'),
    label(358, 34, 'token expired or revoked, or no network', 'middle', 'soft'),
    ...state(30, 122, 'disconnected'),
    ...state(305, 122, 'connecting'),
    ...state(580, 122, 'connected'),
    arrow('M305 136H184', 'bad'),
    label(243, 126, 'temporary', 'middle', 'soft'),
    arrow('M180 158H301'),
    label(243, 178, 'retries', 'middle', 'soft'),
    arrow('M455 146H576', 'good'),
    label(516, 136, 'token', 'middle', 'soft'),
    arrow('M680 122C680 76 720 76 716 118', 'good'),
    label(744, 74, 'renewal: update', 'end', 'soft'),
    ...state(305, 274, 'failed'),
    arrow('M350 170V270', 'bad'),
    label(340, 226, 'final', 'end', 'soft'),
    arrow('M410 274V174'),
    label(420, 226, 'connect(), after a login', 'start', 'soft'),
    arrow('M655 170C655 260 560 298 459 298', 'bad'),
    label(600, 296, 'final, at a renewal', 'start', 'soft'),
  ]);
}

function embeddedToken(): string {
  return svg(700, 250, 'An Ably JWT inside your own JWT', [
    box(20, 20, 400, 210),
    label(40, 50, 'Your JWT', 'start', 'name'),
    label(400, 50, 'your key', 'end', 'soft'),
    label(40, 78, 'sub, roles, exp …', 'start', 'code'),
    `<rect class="card" x="40" y="96" width="360" height="116" rx="6"/>`,
    label(58, 124, 'x-ably-token', 'start', 'code'),
    label(384, 124, 'Ably API key', 'end', 'soft'),
    label(58, 154, 'x-ably-clientId', 'start', 'code'),
    label(58, 178, 'x-ably-capability', 'start', 'code'),
    label(58, 202, 'iat, exp', 'start', 'code'),
    arrow('M490 44H424'),
    label(500, 49, 'your services check it', 'start'),
    arrow('M490 154H404'),
    label(500, 159, 'Ably checks this one', 'start'),
  ]);
}

function architecture(): string {
  const part = (
    x: number,
    y: number,
    width: number,
    height: number,
    name: string,
    lines: readonly string[],
  ) => [
    box(x, y, width, height),
    label(x + 12, y + 24, name, 'start', 'name'),
    ...lines.map((line, n) => label(x + 12, y + 46 + n * 20, line, 'start', 'code soft')),
  ];
  const steps: readonly (readonly [string, string, string, string])[] = [
    ['Options', 'of authorize:', 'who, what, ttl', 'endpoint/'],
    ['Claims', 'checked, then', 'JSON text', 'jwt/encode.ts'],
    ['JWT', 'signed with', 'the API key', 'jwt/sign.ts'],
    ['Response', 'application/jwt,', 'never cached', 'endpoint/'],
    ['Details', 'fetched, read,', 'given to Ably', 'client/'],
    ['Connected', 'Ably or sandbox', 'accepts it', 'jwt/verify.ts'],
  ];
  const stepWidth = 138;
  const top = 586;
  return svg(900, top + 158, 'The parts of ably-jwt, and the path of a token', [
    label(20, 34, 'Each part imports only parts below it', 'start', 'soft'),
    ...part(20, 50, 640, 64, 'npx ably-jwt', ['cli.ts  cli/']),
    ...part(20, 124, 315, 64, 'ably-jwt', ['index.ts  backend.ts']),
    ...part(345, 124, 315, 64, 'ably-jwt/testing', ['testing.ts']),
    ...part(670, 124, 210, 64, 'ably-jwt/client', ['client.ts']),
    ...part(20, 198, 315, 64, 'endpoint/', ['endpoint handler listener']),
    ...part(345, 198, 315, 64, 'sandbox/', ['admin with its page, realtime, rest']),
    ...part(20, 272, 640, 64, 'revoke/', ['revoke results']),
    ...part(20, 346, 640, 64, 'jwt/', ['sign verify explain embed key options encode decode']),
    ...part(20, 420, 640, 64, 'capability/', ['capability resource algebra channel-pattern']),
    ...part(20, 494, 640, 64, 'errors.ts  util/', ['the codes, and helpers that know nothing of Ably']),
    ...part(670, 198, 210, 360, 'client/', [
      'auth-callback',
      '',
      'stands alone: a page',
      'loads no server code',
    ]),
    `<path class="rule" d="M16 ${top - 12}H884"/>`,
    label(20, top + 12, 'The path of a token', 'start', 'soft'),
    ...steps.flatMap(([name, ...lines], n) => {
      const x = 20 + n * (stepWidth + 6.5);
      return [
        box(x, top + 26, stepWidth, 112),
        label(x + 10, top + 50, `${n + 1}. ${name}`, 'start', 'name'),
        ...lines.map((line, m) =>
          label(x + 10, top + 74 + m * 22, line, 'start', m === 2 ? 'code soft' : ''),
        ),
      ];
    }),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = fileURLToPath(new URL('../docs/images/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(drawDiagrams())) writeFileSync(folder + name, text);
}
