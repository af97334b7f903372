import { decodeAblyJwt, explainAblyJwt } from 'ably-jwt';
import { printable } from '../../src/util/text.js';

const byId = (id) => document.getElementById(id);
const operations = [
  'subscribe',
  'publish',
  'presence',
  'history',
  'channel-metadata',
  'object-subscribe',
  'object-publish',
  'annotation-publish',
  'message-update-own',
  'message-delete-own',
];
byId('operation').append(...operations.map((name) => new Option(name)));

let decoded;

async function show() {
  const text = byId('token').value;
  const empty = text.trim() === '';
  const findings = empty
    ? []
    : (await explainAblyJwt(text)).filter(({ code }) => code !== 'SIGNATURE_UNCHECKED');
  if (text !== byId('token').value) return; // typed on meanwhile
  byId('findings').replaceChildren(...findings.map(item));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  byId('verdict').textContent = empty
    ? 'No token yet.'
    : errors > 0
      ? `Ably refuses this token: ${errors} ${errors === 1 ? 'error' : 'errors'}.`
      : `Ably would accept this token if its key signed it${findings.length > 0 ? '; look at the warnings.' : '.'}`;
  byId('verdict').dataset.kind = empty ? '' : errors > 0 ? 'error' : findings.length > 0 ? 'warning' : 'good';
  showParts(text.trim());
}

function item({ severity, code, ablyCode, message, hint }) {
  const entry = document.createElement('li');
  entry.dataset.kind = severity;
  const name = document.createElement('strong');
  name.textContent = `${severity === 'error' ? 'Error' : 'Warning'} ${ablyCode ?? ''} ${code}`.replace(
    / +/g,
    ' ',
  );
  const text = document.createElement('p');
  text.textContent = printable(message);
  const remedy = document.createElement('p');
  remedy.className = 'hint';
  remedy.textContent = printable(hint ?? '');
  entry.append(name, text, remedy);
  return entry;
}

/** As much as the package reads: more takes the browser seconds to show. */
const maxLength = 131_072;
const maxDepth = 100;

/** Header and claims as they can be read; never the signature. */
function showParts(token) {
  decoded = undefined;
  const [header, payload] = token.length > maxLength ? [] : token.split('.', 2).map(read);
  byId('parts').hidden = header === undefined || payload === undefined;
  if (byId('parts').hidden) return;
  byId('header').textContent = pretty(header);
  byId('payload').textContent = pretty(payload);
  try {
    decoded = decodeAblyJwt(token);
  } catch {
    // The findings say why.
  }
  byId('facts').replaceChildren(...(decoded === undefined ? [] : facts(decoded)));
  ask();
}

function read(part) {
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
      c.charCodeAt(0),
    );
    const value = JSON.parse(new TextDecoder().decode(bytes));
    return isDeeper(value, maxDepth) ? undefined : value;
  } catch {
    return undefined;
  }
}

const isDeeper = (value, depth) =>
  depth < 0 ||
  (typeof value === 'object' &&
    value !== null &&
    Object.values(value).some((member) => isDeeper(member, depth - 1)));

/** JSON in lines, in which nothing can hide or change places. Deep nesting would be mostly white space: then in one line. */
function pretty(value) {
  const short = JSON.stringify(value);
  const long = JSON.stringify(value, null, 2);
  return (long.length > 10 * short.length ? short : long).split('\n').map(printable).join('\n');
}

function* facts({ keyName, clientId, clientType, capability, issuedAt, expiresAt }) {
  const rows = {
    Key: keyName,
    Identity:
      clientId === undefined ? 'none: an anonymous client' : clientId === '*' ? 'any ("*")' : clientId,
    ...(clientType === undefined ? {} : { 'Client type': clientType }),
    'Issued at': issuedAt.toLocaleString(),
    'Expires at': expiresAt.toLocaleString(),
    Capability: capability === undefined ? 'every right of the key' : undefined,
  };
  for (const [name, value] of Object.entries(rows)) {
    if (value !== undefined) yield* row(name, value);
  }
  // In quotes, so that it can't pass for one of the names above.
  for (const [resource, granted] of Object.entries(capability ?? {}))
    yield* row(JSON.stringify(resource), granted.join(', '));
}

function* row(name, value) {
  for (const [tag, text] of [
    ['dt', name],
    ['dd', value],
  ]) {
    const made = document.createElement(tag);
    made.textContent = printable(text);
    yield made;
  }
}

function ask() {
  const answer = decoded?.can(byId('operation').value, byId('channel').value);
  byId('answer').textContent = answer === undefined ? '' : answer ? 'Yes' : 'No';
  byId('answer').dataset.kind = answer ? 'good' : 'error';
}

byId('token').addEventListener('input', show);
byId('operation').addEventListener('change', ask);
byId('channel').addEventListener('input', ask);
byId('clear').addEventListener('click', () => {
  byId('token').value = '';
  show();
});
byId('sample').addEventListener('click', () => {
  const iat = Math.floor(Date.now() / 1000);
  const part = (value) =>
    btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const capability = JSON.stringify({ 'chat:*': ['publish', 'subscribe'], 'news*': ['subscribe'] });
  const payload = {
    iat,
    exp: iat + 3600,
    'x-ably-capabilities': capability,
    'x-ably-capability': capability,
    'x-ably-clientId': 'alice',
  };
  // Not signed: the page doesn't check the signature.
  byId('token').value =
    `${part({ alg: 'HS256', typ: 'JWT', kid: 'abcdef.key_1' })}.${part(payload)}.${'A'.repeat(43)}`;
  show();
});
