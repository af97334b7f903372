/** What the page shows. Nothing here knows how authentication works. */

/** Ably asks for a new token this long before the old one expires. */
const renewalMs = 30_000;

/** @param {string} id */
const byId = (id) => document.getElementById(id);
const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });

/** The token in use: its text, its times in ms, and its number in this session. */
let token;
let clock;

/** @param {string} name */
export function showBackend(name) {
  byId('backend').textContent = name;
}

/** @param {(username: string, password: string) => void} logIn */
export function onLogin(logIn) {
  byId('login').addEventListener('submit', (event) => {
    event.preventDefault();
    setBusy(true);
    hideProblem();
    logIn(byId('username').value, byId('password').value);
  });
}

/** @param {() => void} logOut */
export function onLogout(logOut) {
  byId('logout').onclick = logOut;
}

/**
 * @param {import('ably').TokenDetails} details
 * @param {string} clientId
 */
export function showConnected(details, clientId) {
  setBusy(false);
  hideProblem();
  byId('password').value = '';
  byId('logged-out').hidden = true;
  byId('logged-in').hidden = false;
  setState('connected');
  byId('client-id').textContent = clientId;
  byId('capability').replaceChildren(...capabilityItems(JSON.parse(details.capability)));

  const isNew = token?.text !== details.token;
  const number = (token?.number ?? 0) + (isNew ? 1 : 0);
  if (token === undefined) {
    byId('logout').focus();
    log(`Token ${number}`, `valid for ${inWords(details.expires - details.issued)}`);
    clock = setInterval(tick, 250);
  } else if (isNew) {
    const left = token.expires - Date.now();
    const when = left > 0 ? `${inWords(left)} before expiry` : 'after the old one had expired';
    log(`Token ${number}`, `renewed ${when}`, 'renewal');
  } else {
    log('Connected', `again with token ${number}`);
  }
  token = { text: details.token, issued: details.issued, expires: details.expires, number };
  tick();
}

/**
 * @param {string} state
 * @param {string | undefined} message
 */
export function showState(state, message) {
  setState(state);
  if (message !== undefined) {
    showProblem(message);
    log(state, message, 'trouble');
  }
}

/** @param {string} message */
export function showProblem(message) {
  const problem = byId('problem');
  problem.hidden = false;
  problem.textContent = message;
}

/** @param {string} [problem] */
export function showLoggedOut(problem) {
  clearInterval(clock);
  token = undefined;
  setBusy(false);
  byId('log').replaceChildren();
  byId('logged-in').hidden = true;
  byId('logged-out').hidden = false;
  byId('username').focus();
  if (problem === undefined) hideProblem();
  else showProblem(problem);
}

function hideProblem() {
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
  return Object.entries(capability).map(([resource, operations]) => {
    const item = document.createElement('li');
    const list = document.createElement('div');
    list.append(...operations.flatMap((operation) => [element('span', operation), ' ']));
    item.append(element('code', resource), ' ', list);
    return item;
  });
}

/**
 * @param {string} what
 * @param {string} text
 * @param {string} [kind]
 */
function log(what, text, kind = '') {
  const entry = document.createElement('li');
  entry.className = kind;
  const body = element('span', ` ${text}`);
  body.prepend(element('strong', what));
  entry.append(element('time', timeOfDay.format(new Date())), ' ', body);
  byId('log').prepend(entry);
  while (byId('log').children.length > 20) byId('log').lastChild.remove();
}

/** Shows how long the token still lives, and when its renewal is due. */
function tick() {
  const { issued, expires } = token;
  const life = expires - issued;
  const left = Math.max(0, expires - Date.now());
  byId('countdown').textContent = clockText(left);
  byId('remaining').style.width = `${Math.min(100, (100 * left) / life)}%`;
  byId('renewal-mark').hidden = life <= renewalMs;
  byId('renewal-mark').style.left = `${(100 * renewalMs) / life}%`;
  const due = left > renewalMs ? `in ${clockText(left - renewalMs)}` : 'now';
  byId('renewal-note').textContent = `Ably asks for a new one ${due}`;
  byId('ttl-note').hidden = life < 5 * 60_000;
}

/** @param {number} ms */
function clockText(ms) {
  const total = Math.ceil(ms / 1000);
  const part = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  return `${hours > 0 ? `${hours}:${part(minutes)}` : minutes}:${part(total % 60)}`;
}

/** @param {number} ms */
function inWords(ms) {
  return ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}

/**
 * @param {string} name
 * @param {string} text
 */
function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}
