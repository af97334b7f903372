/** What the page shows of login, token and connection. Nothing here decides anything. */
import { byId, element } from './dom.js';
import { hideToken, showToken } from './token.js';

const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });

/** How many tokens the server has signed in this session, which of them is shown, and when that one expires. */
let signed = 0;
let shown = 0;
let expires = 0;

/** @param {import('./app.js').Config} config */
export function showBackend({ sandbox, ttl }) {
  byId('backend').textContent = sandbox
    ? 'Local sandbox, no Ably account needed'
    : 'Connected to Ably with your API key';
  for (const button of document.querySelectorAll('[data-sandbox]')) button.hidden = !sandbox;
  const lifetimes = byId('ttl');
  if (![...lifetimes.options].some((option) => option.value === ttl)) lifetimes.prepend(new Option(ttl));
  lifetimes.value = ttl;
}

/** @param {(username: string, password: string) => void} logIn */
export function onLogin(logIn) {
  byId('login').addEventListener('submit', (event) => {
    event.preventDefault();
    setBusy(true);
    hideError();
    logIn(byId('username').value, byId('password').value);
  });
}

/** @param {() => void} logOut */
export function onLogout(logOut) {
  byId('logout').onclick = logOut;
}

/**
 * What `/auth` answered.
 *
 * @param {number} status
 * @param {string | null} contentType
 * @param {number} ms
 */
export function showAnswer(status, contentType, ms) {
  const ok = status === 200 && contentType === 'application/jwt';
  if (ok) signed += 1;
  byId('answer').textContent = `${status} ${contentType ?? ''}`;
  byId('answer').dataset.ok = String(ok);
  log('server', ok ? `signed a token in ${Math.round(ms)} ms` : `answered ${status}`, ok ? '' : 'trouble');
}

/**
 * @param {import('ably').TokenDetails} details
 * @param {string} clientId
 */
export function showConnected(details, clientId) {
  setBusy(false);
  hideError();
  byId('password').value = '';
  byId('client-id').textContent = clientId;
  const wasLoggedOut = byId('logged-in').hidden;
  byId('logged-out').hidden = true;
  byId('logged-in').hidden = byId('who').hidden = false;
  const wasConnected = byId('state').dataset.state === 'connected';
  setState('connected');

  // Not by the token's text: two tokens with the same claims, signed in the same second, are the same text.
  if (shown === signed) {
    log('ably', `connected again with token ${shown}`);
    return;
  }
  shown = signed;
  byId('signed').textContent = String(signed);
  showToken(details);
  byId('capability').replaceChildren(...capabilityItems(JSON.parse(details.capability)));
  const left = expires - Date.now();
  log(
    'token',
    shown === 1
      ? `Token 1 valid for ${inWords(details.expires - details.issued)}`
      : `Token ${shown} renewed ${left > 0 ? `${inWords(left)} before expiry` : 'after the old one had expired'}`,
  );
  expires = details.expires;
  log('ably', `verified it: ${wasConnected ? 'renewed, still connected' : 'connected'}`, 'good');
  if (wasLoggedOut) byId('logout').focus();
}

/**
 * @param {string} state
 * @param {Error & { code?: number } | undefined} reason
 */
export function showState(state, reason) {
  setState(state);
  if (reason === undefined) return;
  log('ably', `${state}: ${reason.message}${reason.code ? ` (${reason.code})` : ''}`, 'trouble');
}

/**
 * One sentence for the person in front of the page; what a developer wants to know is one click away.
 *
 * @param {string} message
 * @param {Error & Record<string, unknown>} [error]
 */
export function showError(message, error) {
  byId('problem').hidden = false;
  byId('problem-text').textContent = message;
  const facts = ['code', 'statusCode', 'status', 'url', 'contentType']
    .filter((name) => error?.[name] !== undefined)
    .map((name) => `${name}: ${error[name]}`);
  if (error?.cause?.message) facts.push(`cause: ${error.cause.message}`);
  byId('problem-details').hidden = facts.length === 0;
  byId('problem-facts').textContent = facts.join('\n');
}

/** @param {Error & Record<string, unknown>} [error] - why the session ended; absent after a logout */
export function showLoggedOut(error) {
  hideToken();
  setState('closed');
  signed = 0;
  shown = 0;
  setBusy(false);
  byId('log').replaceChildren();
  byId('logged-in').hidden = byId('who').hidden = true;
  byId('logged-out').hidden = false;
  byId('username').focus();
  if (error === undefined) hideError();
  else showError(error.message, error);
}

/**
 * Adds a line to the activity, in the lane of the one who acts.
 *
 * @param {'server' | 'token' | 'ably'} lane
 * @param {string} text
 * @param {'' | 'good' | 'trouble'} [kind]
 */
export function log(lane, text, kind = '') {
  const names = { server: 'Your server', token: 'The token', ably: 'Ably' };
  const entry = element('li', [
    element('time', timeOfDay.format(new Date())),
    ' ',
    element('span', [element('strong', `${names[lane]}: `, { class: 'lane-name' }), text], { class: 'what' }),
  ]);
  entry.dataset.lane = lane;
  entry.className = kind;
  byId('log').prepend(entry);
  while (byId('log').children.length > 30) byId('log').lastChild.remove();
}

function hideError() {
  byId('problem').hidden = true;
}

/** @param {boolean} busy */
function setBusy(busy) {
  byId('submit').disabled = busy;
  byId('submit').textContent = busy ? 'Logging in…' : 'Login';
}

/** @param {string} state */
function setState(state) {
  byId('state').textContent = state;
  byId('state').dataset.state = state;
}

/** @param {Record<string, string[]>} capability */
function capabilityItems(capability) {
  return Object.entries(capability).map(([resource, operations]) =>
    element('li', [
      element('code', resource),
      ' ',
      element(
        'div',
        operations.flatMap((operation) => [element('span', operation), ' ']),
      ),
    ]),
  );
}

/** @param {number} ms */
function inWords(ms) {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
