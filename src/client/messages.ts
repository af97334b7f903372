import { type Answer, isTemporary } from './answer.js';

// One sentence for each cause: what was found, then what to do. Nothing of an answer's body but the names of its JSON
// members, and nothing of the headers that were sent.

const subject = ({ url }: Answer) => url ?? 'The source function';
const check = (what: string) => `Check the ${what} passed to createAuthCallback.`;
const retries = 'The client retries.';

/** For an answer, or what a function of the app threw, without words of its own. */
export function refused(answer: Answer): string {
  const { url, status = 0 } = answer;
  const said = `${subject(answer)} answered ${status}.`;
  if (status < 300) return `${url ? 'The connection to ' : ''}${subject(answer)} failed. ${retries}`;
  if (isTemporary(status)) return `${said} ${retries}`;
  if (status < 400) return `${subject(answer)} redirected, probably to a login page: the session has ended.`;
  if (status === 401 || status === 403) return `${said} Log in again.`;
  return `${said} ${check(status === 404 ? 'URL' : 'options')}`;
}

/** For an answer, or what a function of the app returned, that is no token. */
export function notAToken(answer: Answer, found: string): string {
  const facts = [answer.status, answer.contentType].filter(Boolean).join(' ');
  const what = facts ? `${found} (${facts})` : found;
  return `${subject(answer)} answered ${what}, not a token. ${check(answer.url ? 'URL' : 'function')}`;
}

/** For JSON, or what a function of the app returned, without a token in it. */
export function noTokenIn(answer: Answer, value: object): string {
  const names = Object.keys(value).filter((name) => /^[a-z_]\w{0,30}$/i.test(name));
  const instead = names.length ? `; it has "${names.slice(0, 5).join('", "')}"` : '';
  return `${subject(answer)} answered JSON without "token"${instead}.`;
}

export const otherClient = (own: string, other: string) =>
  `This client is connected as "${own}", but the endpoint sent a token for "${other}". Close it and create a new client.`;

export const silent = (timeout: number) =>
  `No token: auth endpoint silent for ${timeout / 1e3} s. ${retries}`;

export const busy = (answer: Answer, wait: number) =>
  `${subject(answer)} is busy for ${Math.ceil(wait / 1e3)} s. ${retries}`;

export const aborted = 'The signal passed to createAuthCallback was aborted.';
