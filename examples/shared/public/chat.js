/** Messages and presence on one channel, for one or two users side by side. */
import { byId, element } from './dom.js';

const channelName = 'demo:chat';

/** @param {import('ably').Realtime} realtime */
export function createChat(realtime) {
  const channel = realtime.channels.get(channelName);
  const title = element('h3', '');
  const members = element('p', '', { class: 'note' });
  const messages = element('ol', '', { class: 'messages', 'aria-live': 'polite' });
  const input = element('input', '', { 'aria-label': 'Message', maxlength: '500', autocomplete: 'off' });
  const form = element('form', [input, element('button', 'Send', { type: 'submit' })], { class: 'send' });
  const box = element('section', [title, members, messages, form], { class: 'chat' });
  let entered = false;

  async function showMembers() {
    const present = await channel.presence.get().catch(() => []);
    const names = [...new Set(present.map(({ clientId }) => clientId))].sort();
    members.textContent = `Present: ${names.join(', ') || 'no members yet'}`;
  }

  form.onsubmit = (event) => {
    event.preventDefault();
    const text = input.value.trim();
    input.value = '';
    if (text !== '') channel.publish('message', text).catch(showError);
  };

  /** @param {Error} error */
  function showError(error) {
    messages.append(element('li', error.message, { class: 'trouble' }));
  }

  return {
    /** Joins, once: the client enters again by itself after a reconnection. */
    async enter() {
      if (entered) return;
      entered = true;
      byId('chats').append(box);
      try {
        await channel.subscribe(({ clientId, data }) => {
          messages.append(element('li', [element('strong', clientId ?? 'anonymous'), ` ${data}`]));
          messages.lastChild.scrollIntoView({ block: 'nearest' });
        });
        await channel.presence.subscribe(showMembers);
        await channel.presence.enter();
        title.textContent = `You are ${realtime.auth.clientId}`;
        box.setAttribute('aria-label', `Chat as ${realtime.auth.clientId}`);
        await showMembers();
      } catch (error) {
        showError(error);
      }
    },
    close: () => box.remove(),
  };
}

/**
 * The button that brings a second user.
 *
 * @param {(username: string) => () => void} open - connects the second user; returns how to end that
 */
export function onOpenSecond(open) {
  const button = byId('open-second');
  /** @type {(() => void) | undefined} */
  let close;
  button.hidden = false;
  button.onclick = () => {
    close = open('bob');
    button.hidden = true;
  };
  return { close: () => close?.() };
}
