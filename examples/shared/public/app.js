import { createAuthCallback } from '/vendor/ably-jwt-client.js'; // with a bundler: from 'ably-jwt/client'
import { onAction, showOutcome } from './actions.js';
import { createChat, onOpenSecond } from './chat.js';
import { showCode } from './code.js';
import * as view from './view.js';

/**
 * @typedef {object} Config
 * @property {import('ably').ClientOptions} clientOptions - where Ably is: empty for Ably itself, else the local sandbox
 * @property {boolean} sandbox - whether the page can expire and revoke tokens
 * @property {string} ttl - the lifetime of a token, such as `60s`
 * @property {string | null} user - who is logged in already, after a reload
 */

/** @type {Config} */
const config = await getJson('/config.json');
view.showBackend(config);
view.onLogin((username, password) => logIn({ username, password }));
showCode(await getJson('/code.json'));
if (config.user === null) view.showLoggedOut();
else logIn(undefined);

/**
 * Connects one user to Ably with tokens from `/auth`.
 *
 * @param {{ username: string, password: string } | undefined} login - sent with the first request only; the server
 *   answers it with a session cookie, and renewals need nothing else
 * @param {Observer} observer - hears what happens
 * @param {string} seat - '1' for the person who logged in, '2' for the second user beside them
 */
function connect(login, observer, seat = '1') {
  // #region client
  let credentials = login;
  const realtime = new Ably.Realtime({
    ...config.clientOptions,
    authCallback: createAuthCallback('/auth', {
      method: 'POST',
      headers: { 'X-Demo-Seat': seat },
      body: () => credentials ?? {}, // an object is sent as JSON
      fetch: observer.fetch,
      onError: observer.onError,
    }),
  });
  realtime.connection.on('connected', () => {
    credentials = undefined; // the password is forgotten as soon as it has been used
  });
  // #endregion
  return realtime;
}

/**
 * @typedef {object} Observer
 * @property {typeof fetch} fetch - the global one, watched
 * @property {(error: import('ably-jwt/client').AuthCallbackError) => void} onError
 */

/** @param {{ username: string, password: string } | undefined} login */
function logIn(login) {
  let loggedIn = false;
  /** @type {import('ably-jwt/client').AuthCallbackError | undefined} Why the last request for a token failed. */
  let authError;

  const realtime = connect(login, {
    async fetch(url, init) {
      const start = performance.now();
      const response = await fetch(url, init);
      view.showAnswer(response.status, response.headers.get('content-type'), performance.now() - start);
      return response;
    },
    // Ably stays connected while a renewal fails and the old token still lives: only this reports it.
    onError(error) {
      authError = error;
      view.showError(error.message, error);
    },
  });
  const chat = createChat(realtime);

  realtime.connection.on((change) => {
    if (change.current === 'connected') {
      authError = undefined;
      view.showConnected(realtime.auth.tokenDetails, realtime.auth.clientId);
      chat.enter();
      if (!loggedIn && login !== undefined) announce('Client successfully connected to Ably using JWT auth');
      loggedIn = true;
    } else if (change.current === 'failed' || (change.current === 'disconnected' && !loggedIn)) {
      // With code 80019, Ably says only that there was no token: the callback's own error says why.
      end(change.reason?.code === 80019 && authError ? authError : change.reason);
    } else if (loggedIn) {
      view.showState(change.current, change.reason);
    }
  });

  view.onLogout(() => {
    post('/logout').catch(() => {}); // the session in the browser ends in any case
    end();
  });
  const second = onOpenSecond((username) => {
    const other = connect(
      { username, password: 'demo' },
      { fetch: (url, init) => fetch(url, init), onError: (error) => showOutcome(error.message) },
      '2',
    );
    const theirs = createChat(other);
    other.connection.once('connected', () => theirs.enter());
    return () => {
      other.close();
      theirs.close();
    };
  });
  onAction({
    realtime,
    send: (command) => post('/demo', command),
  });

  /** @param {Error | undefined} [error] */
  function end(error) {
    realtime.connection.off();
    realtime.close();
    chat.close();
    second.close();
    view.showLoggedOut(error);
  }
}

/**
 * Shows an alert after the page has been painted, since it stops everything until it is closed.
 *
 * @param {string} text
 */
function announce(text) {
  requestAnimationFrame(() => setTimeout(alert, 0, text));
}

/** @param {string} url */
async function getJson(url) {
  return (await fetch(url)).json();
}

/**
 * @param {string} url
 * @param {object} [body]
 */
async function post(url, body = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error((await response.json()).error.message);
}
