/** The buttons of "Try it": each does one thing to the token, the endpoint or a channel, and says what follows. */
import { byId } from './dom.js';
import { log } from './view.js';

/** @param {string} text */
export function showOutcome(text) {
  byId('outcome').textContent = text;
}

/**
 * @typedef {object} Session
 * @property {import('ably').Realtime} realtime
 * @property {(command: { do: string, value?: string }) => Promise<void>} send - tells the demo's server
 */

/**
 * Asks for a new token, as Ably does before the old one expires.
 *
 * @param {Session} session
 */
async function renew({ realtime }) {
  await realtime.auth.authorize();
}

/**
 * @param {string} name
 * @returns {(session: Session) => Promise<string>}
 */
const publishTo = (name) => async (session) => {
  try {
    await session.realtime.channels
      .get(name)
      .publish('greeting', `Hello from ${session.realtime.auth.clientId}`);
    log('ably', `published to ${name}`, 'good');
    return `Published: the token grants publish on ${name}.`;
  } catch (error) {
    log('ably', `refused to publish to ${name} (${error.code})`, 'trouble');
    return `Ably refused with ${error.code}: the token grants only subscribe on ${name}. Rights are in the token, so your server decides them. The connection stays.`;
  }
};

/**
 * Makes the endpoint answer differently, then renews.
 *
 * @param {string} value
 * @param {string} outcome
 * @returns {(session: Session) => Promise<string>}
 */
const answerWith = (value, outcome) => async (session) => {
  await session.send({ do: 'answer', value });
  await renew(session).catch(() => {}); // shown by onError
  return outcome;
};

/** @type {Record<string, (session: Session) => Promise<string>>} */
const actions = {
  'publish-chat': publishTo('demo:chat'),
  'publish-news': publishTo('demo:news'),
  async renew(session) {
    await renew(session);
    return 'Renewed on the open connection: the page got a new token from /auth and Ably verified it.';
  },
  async expire({ send }) {
    await send({ do: 'expire' });
    return 'Ably disconnected with 40142, as at expiry. The client got a new token and came back by itself.';
  },
  async revoke({ send }) {
    await send({ do: 'revoke' });
    return 'Ably revoked the token with 40141. You are still logged in here, so the client got a new one and came back.';
  },
  async ban(session) {
    await session.send({ do: 'ban' });
    await renew(session).catch(() => {});
    return 'The endpoint denied the renewal: the client stops, and its error is the sentence passed to deny().';
  },
  'answer-500': answerWith(
    '500',
    'A 500 is temporary: the client tried twice, keeps its connection, and asks again before the token expires.',
  ),
  'answer-html': answerWith(
    'html',
    'An HTML page is not a token: the client stops instead of asking forever.',
  ),
  'answer-401': answerWith(
    '401',
    'A 401 means the session has ended: the client stops instead of asking forever.',
  ),
};

/** @param {Session} session */
export function onAction(session) {
  for (const button of document.querySelectorAll('[data-action]')) {
    button.onclick = async () => {
      button.disabled = true;
      try {
        showOutcome(await actions[button.dataset.action](session));
      } catch (error) {
        showOutcome(error.message);
      } finally {
        button.disabled = false;
      }
    };
  }
  byId('ttl').onchange = async () => {
    await session.send({ do: 'ttl', value: byId('ttl').value });
    showOutcome(`The next token will be valid for ${byId('ttl').value}. Press "Renew now" to get it.`);
  };
}
