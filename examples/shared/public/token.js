/** The token in use: its header and claims, decoded, and how long it still lives. */
import { byId, element } from './dom.js';

/** Ably asks for a new token this long before the old one expires. */
const renewalMs = 30_000;

let issued = 0;
let expires = 0;
let clock;

/**
 * Shows header and claims. The signature is left out on purpose: the whole token would work for everyone who reads it.
 *
 * @param {import('ably').TokenDetails} details
 */
export function showToken(details) {
  const [header, claims] = details.token.split('.', 2).map(decode);
  byId('jwt-header').textContent = JSON.stringify(header, null, 1).replaceAll('\n', '');
  byId('claims').replaceChildren(...Object.entries(claims).map(([name, value]) => claim(name, value)));
  issued = details.issued;
  expires = details.expires;
  clearInterval(clock);
  clock = setInterval(tick, 250);
  tick();
}

export function hideToken() {
  clearInterval(clock);
  byId('jwt-header').textContent = '';
  byId('claims').replaceChildren();
}

/** @param {string} part */
function decode(part) {
  const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** What each claim means, in a word or two. */
const meanings = {
  iat: 'issued at',
  exp: 'expires at',
  'x-ably-capability': 'what you may do',
  'x-ably-clientId': 'who you are',
  'x-ably-revocation-key': 'revoked by',
};

/**
 * @param {string} name
 * @param {unknown} value
 */
function claim(name, value) {
  const isTime = name === 'iat' || name === 'exp';
  const text = isTime
    ? new Date(Number(value) * 1000).toLocaleTimeString(undefined, { hourCycle: 'h23' })
    : String(value);
  return element(
    'div',
    [
      element('dt', [element('code', name), ' ', element('span', meanings[name] ?? '')]),
      element('dd', isTime ? `${value} (${text})` : text),
    ],
    isTime ? { class: 'time' } : {},
  );
}

/** Shows how long the token still lives, and when its renewal is due. */
function tick() {
  const life = expires - issued;
  const left = Math.max(0, expires - Date.now());
  byId('countdown').textContent = clockText(left);
  byId('remaining').style.width = `${Math.min(100, (100 * left) / life)}%`;
  byId('renewal-mark').hidden = life <= renewalMs;
  byId('renewal-mark').style.left = `${(100 * renewalMs) / life}%`;
  byId('renewal-note').textContent =
    left === 0 ? 'Expired' : left > renewalMs ? `Renews in ${clockText(left - renewalMs)}` : 'Renewal is due';
}

/** @param {number} ms */
function clockText(ms) {
  const total = Math.ceil(ms / 1000);
  const part = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  return `${hours > 0 ? `${hours}:${part(minutes)}` : minutes}:${part(total % 60)}`;
}
