/** A module of the page. What happens, as it happens. */
export const activityModule = `
import { byId, clientName, element, get, say, timeText } from './base.js';
import { refreshSoon, unchoose } from './connections.js';
import { explained, findingItem, showToken } from './token.js';

/** How many events stay on the page. */
const shownEvents = 200;

const sentences = {
  connected: (event) => who(event) + ' connected',
  renewed: (event) => who(event) + ' renewed its token',
  expired: (event) => 'The token of ' + who(event) + ' expired',
  revoked: (event) => who(event) + ' was disconnected: revoked',
  disconnected: (event) => who(event) + ' disconnected',
  refused: (event) => (event.via === 'rest' ? 'A REST request' : event.connectionId === undefined ? 'A connection' : 'A renewal') + ' was refused',
  request: (event) => who(event) + ': ' + event.request.method + ' ' + event.request.path + ' → ' + event.request.status,
};

const who = (event) => (event.keyName === undefined && event.clientId === undefined ? 'Somebody' : clientName(event));

const errorText = ({ type, error, findings = [] }) =>
  type === 'refused' && explained(findings) ? 'with ' + error.code : error.code + ': ' + error.message;

function logLine(event) {
  const describe = sentences[event.type];
  const content = [element('span', describe === undefined ? event.type : describe(event))];
  if (event.error !== undefined)
    content.push(element('span', errorText(event), { class: 'error-text' }));
  if (event.findings !== undefined && event.findings.length > 0 && event.type !== 'request')
    content.push(element('ul', event.findings.map(findingItem), { class: 'findings' }));
  if (event.token !== undefined) {
    const show = element('button', 'Show the token', { type: 'button', class: 'link' });
    show.addEventListener('click', () => showEventToken(event).catch((error) => say(error.message, true)));
    content.push(show);
  }
  return element('li', [
    element('time', timeText(event.at), { datetime: event.at }),
    element('span', event.type, { class: 'badge' }),
    element('div', content, { class: 'what' }),
  ], { 'data-type': event.type });
}

async function showEventToken(event) {
  unchoose();
  const { tokens } = await get('tokens');
  const seen = tokens.find((token) => token.fingerprint === event.token.fingerprint);
  const token = { ...event.token, ...seen };
  showToken({ ...token, title: 'The token of ' + timeText(event.at) });
  byId('token-title').scrollIntoView({ block: 'nearest' });
}

export const feed = new EventSource('/admin/events');
export const link = byId('link');
feed.addEventListener('open', () => {
  link.textContent = 'live';
  link.dataset.state = 'connected';
  refreshSoon();
});
feed.addEventListener('error', () => {
  link.textContent = 'no answer';
  link.dataset.state = 'lost';
});
feed.addEventListener('message', ({ data }) => {
  const log = byId('log');
  log.prepend(logLine(JSON.parse(data)));
  while (log.childElementCount > shownEvents) log.lastElementChild.remove();
  byId('quiet').hidden = true;
  refreshSoon();
});

byId('show-requests').addEventListener('change', ({ target }) => {
  byId('log').classList.toggle('without-requests', !target.checked);
});
`;
