/** A module of the page. The cards of the clients, and the token of the one that is chosen. */
export const connectionsModule = `
import { act, byId, clientName, clockText, element, get, now, setNow, setText } from './base.js';
import { showToken } from './token.js';

const cards = new Map();
let chosen;

/** Shows the token of no connection any more: another one is to be shown. */
export function unchoose() {
  chosen = {};
  for (const card of cards.values()) card.choose(false);
}

function createCard(id) {
  const name = element('button', '', { type: 'button', class: 'pick' });
  const state = element('span', '', { class: 'state' });
  const facts = element('p', '', { class: 'note' });
  const left = element('strong', '', { role: 'timer' });
  const renewal = element('span');
  const remaining = element('div', '', { class: 'remaining' });
  const mark = element('div', '', { class: 'mark' });
  const life = element('div', [
    element('p', [element('span', 'expires in'), ' ', left, ' ', renewal], { class: 'countdown' }),
    element('div', [remaining, mark], { class: 'lifetime', 'aria-hidden': 'true' }),
  ]);
  const button = (text, run) => {
    const made = element('button', text, { type: 'button', class: 'secondary small' });
    made.addEventListener('click', run);
    return made;
  };
  const only = { connectionId: id };
  const prompt = button('Ask to renew', () => act('prompt', only, () => 'Asked ' + label() + ' for a new token.'));
  const expire = button('Expire', () => act('expire', only, () => 'Ended the connection of ' + label() + ' with 40142, as when a token expires.'));
  const revoke = button('Revoke', () =>
    act('revoke', { targets: [{ clientId: card.data.clientId }] }, () => 'Revoked the tokens of ' + label() + ': its clients get 40141.'));
  const drop = button('Drop', () => act('drop', only, () => 'Dropped the connection of ' + label() + ', as a network does. The client resumes.'));
  const close = button('Close', () => act('close', only, () => 'Closed the connection of ' + label() + ' for good. The client comes back with a new one.'));
  const root = element('li', [
    element('div', [name, state], { class: 'title-row' }),
    facts,
    life,
    element('div', [prompt, expire, revoke, drop, close], { class: 'buttons' }),
  ], { class: 'connection' });
  const label = () => clientName(card.data);
  const card = {
    root,
    data: undefined,
    update(data) {
      card.data = data;
      name.textContent = label();
      facts.textContent = [
        'key ' + data.keyName,
        data.agent,
        data.format,
        data.channels.length > 0 ? 'on ' + data.channels.join(', ') : 'on no channel',
      ].filter(Boolean).join(' · ');
      const hasToken = data.tokenExpiresAt !== undefined;
      life.hidden = !hasToken;
      for (const control of [prompt, expire]) control.hidden = !hasToken;
      revoke.hidden = data.clientId === undefined || data.clientId === '*';
      card.tick();
    },
    tick() {
      const { tokenIssuedAt, tokenExpiresAt, renewsAt } = card.data;
      if (tokenExpiresAt === undefined) {
        state.textContent = 'connected';
        state.dataset.state = 'connected';
        return;
      }
      const expires = Date.parse(tokenExpiresAt);
      const length = expires - Date.parse(tokenIssuedAt);
      const rest = Math.max(0, expires - now());
      const untilRenewal = Date.parse(renewsAt) - now();
      const due = untilRenewal <= 0;
      setText(state, due ? 'renewal due' : 'connected');
      state.dataset.state = due ? 'due' : 'connected';
      setText(left, clockText(rest));
      setText(renewal, due ? 'asked for a new one' : 'renews in ' + clockText(untilRenewal));
      remaining.style.width = Math.min(100, (100 * rest) / length) + '%';
      mark.style.left = (100 * (expires - Date.parse(renewsAt))) / length + '%';
    },
    choose(pressed) {
      name.setAttribute('aria-pressed', String(pressed));
      root.classList.toggle('chosen', pressed);
    },
  };
  name.addEventListener('click', () => chooseConnection(id));
  return card;
}

export async function refresh() {
  const [answer, { keys }, clock] = await Promise.all([get('connections'), get('keys'), get('clock')]);
  setNow(answer.now);
  const present = new Set();
  for (const data of answer.connections) {
    present.add(data.connectionId);
    let card = cards.get(data.connectionId);
    if (card === undefined) {
      card = createCard(data.connectionId);
      cards.set(data.connectionId, card);
      byId('connections').append(card.root);
    }
    card.update(data);
  }
  for (const [id, card] of cards) {
    if (present.has(id)) continue;
    card.root.remove();
    cards.delete(id);
  }
  setText(byId('count'), String(cards.size));
  byId('none').hidden = cards.size > 0;
  showKeys(keys);
  document.querySelector('[data-control="clock"] button').disabled = !clock.movable;
  await followChoice();
}

function showKeys(keys) {
  const select = byId('keys');
  const texts = keys.map(
    (key) => key.name + (key.appDisabled ? ' (app disabled)' : key.revoked ? ' (revoked)' : ''),
  );
  const shown = [...select.options].map((option) => option.textContent);
  if (JSON.stringify(texts) === JSON.stringify(shown)) return;
  const value = select.value;
  select.replaceChildren(...keys.map((key, index) => element('option', texts[index], { value: key.name })));
  if (value !== '') select.value = value;
}

let soon;

/** Refreshes in a moment. Not put off by further calls: a client that keeps retrying must not keep the page from it. */
export function refreshSoon() {
  if (stopped) return;
  soon ??= setTimeout(() => {
    soon = undefined;
    refresh().catch(() => {});
  }, 50);
}

let stopped = false;
export function stopRefreshing() {
  stopped = true;
  clearTimeout(soon);
}

function chooseConnection(id) {
  chosen = { connectionId: id };
  followChoice().catch(() => {});
}

/** Shows the token of the chosen connection, also when it has got a new one. */
async function followChoice() {
  if (chosen === undefined && cards.size > 0) chosen = { connectionId: cards.keys().next().value, byItself: true };
  for (const [id, card] of cards) card.choose(chosen !== undefined && chosen.connectionId === id);
  if (chosen === undefined || chosen.connectionId === undefined) return;
  const card = cards.get(chosen.connectionId);
  if (card === undefined) {
    if (chosen.byItself) chosen = undefined;
    return;
  }
  const { data } = card;
  const state = JSON.stringify([data.connectionId, data.tokenFingerprint, data.capability]);
  if (chosen.state === state) return;
  const { tokens } = await get('tokens');
  const seen = tokens.find((token) => token.fingerprint === data.tokenFingerprint);
  // The server explains a token before it lists it. A missing entry is not a client without a token.
  if (seen === undefined && data.tokenFingerprint !== undefined) return refreshSoon();
  chosen.state = state;
  if (seen === undefined) showToken({ title: 'The key of ' + clientName(data), note: 'This client uses the API key itself and has no token.', capability: data.capability });
  else showToken({ ...seen, title: 'The token of ' + clientName(data), capability: data.capability });
}

/** Lets the countdowns go on. */
export function tick() {
  for (const card of cards.values()) card.tick();
}
`;
