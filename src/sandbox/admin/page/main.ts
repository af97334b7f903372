/** A module of the page. The controls, and what the page does by itself. */
export const mainModule = `
import { feed, link } from './activity.js';
import { act, byId, clients, now, post, say, setText } from './base.js';
import { refreshSoon, stopRefreshing, tick, unchoose } from './connections.js';
import { showToken } from './token.js';

byId('explain').addEventListener('submit', async (event) => {
  event.preventDefault();
  const field = byId('pasted');
  try {
    const { token, ...answer } = await post('explain', { token: field.value });
    unchoose();
    showToken({ ...token, ...answer, title: 'The pasted token' });
    field.value = '';
    byId('token-title').scrollIntoView({ block: 'nearest' });
  } catch (error) {
    say(error.message, true);
  }
});

const failure = (text) => (text === 'delay' ? { delay: '3s' } : text === 'close' || text === 'hang' ? text : Number(text));

const controls = {
  fail({ on, with: how, clientId, times }) {
    const count = times === '1' ? 'once' : times + ' times';
    if (on === 'next' && (how === 'hang' || how === 'delay')) {
      say('That needs what is to fail: choose connecting, a renewal or a REST request.', true);
      return;
    }
    if (on === 'next') return act('fail-next', { failure: failure(how) }, () => 'Whatever comes next fails, once.');
    const rule = { on, with: failure(how), times: Number(times) };
    if (clientId !== '') rule.clientId = clientId;
    return act('fail', rule, () => 'It will fail ' + count + '.');
  },
  revoke({ kind, value, margin }) {
    return act('revoke', { targets: [{ [kind]: value }], allowReauthMargin: margin === 'on' }, ({ revocations: [{ target }] }) => 'Revoked: tokens of ' + target[kind] + ' that were issued until now.');
  },
  clock: ({ advance }) => act('clock', { advance }, () => 'The clock is ' + advance + ' further.'),
  key({ keyName }, action) {
    if (action === 'revoke-key') return act(action, { keyName }, () => 'Revoked ' + keyName + '. Its clients stop with 40131.');
    return act(action, {}, () => action === 'disable-app' ? 'Disabled the app: all credentials are refused with 40300.' : 'Enabled the app.');
  },
  'limit-connections': ({ limit }) =>
    act('limit-connections', { limit: limit === '' ? 'Infinity' : Number(limit) }, () =>
      limit === '' ? 'A token may have any number of connections.' : 'A token may have ' + limit + ' connections. One more gets 40151.'),
  'channel-rules': ({ namespace, identified, persisted, mutableMessages }) =>
    act('channel-rules', { namespace, identified: identified === 'on', persisted: persisted === 'on', mutableMessages: mutableMessages === 'on' }, () => 'Set the rules of the namespace.'),
  all(_, action) {
    if (action !== 'stop') return act(action, {}, ({ connections }) => {
      const done = { prompt: 'Asked ' + clients(connections) + ' for a new token.', expire: 'Expired the tokens of ' + clients(connections) + '.', drop: 'Dropped ' + clients(connections) + '.' };
      return done[action];
    });
    feed.close();
    stopRefreshing();
    link.textContent = 'stopped';
    link.dataset.state = 'lost';
    return act('stop', {}, () => 'The sandbox has stopped.');
  },
};

for (const form of document.querySelectorAll('[data-control]')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    controls[form.dataset.control](values, event.submitter === null ? undefined : event.submitter.value);
  });
}

byId('where').textContent = 'On ' + location.host + ', for every SDK of Ably. Nothing leaves this machine.';
byId('endpoint').textContent = location.host;
document.addEventListener('acted', refreshSoon);
setInterval(() => {
  tick();
  setText(byId('clock'), new Date(now()).toLocaleString(undefined, { hourCycle: 'h23' }));
}, 250);
// What channels a client is on is no event.
setInterval(() => {
  if (!document.hidden && feed.readyState === EventSource.OPEN) refreshSoon();
}, 2000);
`;
