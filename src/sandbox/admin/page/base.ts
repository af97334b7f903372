/** A module of the page. What the modules of the page share: elements, requests, and the clock of the sandbox. */
export const baseModule = `
export const byId = (id) => document.getElementById(id);

export function element(name, content = '', attributes = {}) {
  const made = document.createElement(name);
  made.append(...(Array.isArray(content) ? content : [String(content)]));
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export async function get(name) {
  const response = await fetch('/admin/' + name);
  return response.json();
}

export async function post(name, body = {}) {
  const response = await fetch('/admin/' + name, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = response.status === 204 ? {} : await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export const clientName = (data) =>
  data.clientId === undefined ? 'anonymous client' : data.clientId === '*' ? 'any client id (*)' : data.clientId;

export function say(text, bad = false) {
  byId('outcome').textContent = text;
  byId('outcome').classList.toggle('bad', bad);
}

/** Does something, and says what came of it. */
export async function act(name, body, describe) {
  try {
    const answer = await post(name, body);
    say(describe(answer));
    document.dispatchEvent(new Event('acted'));
  } catch (error) {
    say(error.message, true);
  }
}

export const clients = (count) => (count === 1 ? '1 client' : count + ' clients');

let offset = 0;

/** Learns the time of the sandbox. */
export function setNow(date) {
  offset = Date.parse(date) - Date.now();
}

export const now = () => Date.now() + offset;
export const timeText = (date) => new Date(date).toLocaleTimeString(undefined, { hourCycle: 'h23' });

export function clockText(ms) {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const part = (value) => String(value).padStart(2, '0');
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  return (hours > 0 ? hours + ':' + part(minutes) : minutes) + ':' + part(total % 60);
}
`;
