import { createAuthCallback } from '/vendor/ably-jwt-client.js'; // with a bundler: from 'ably-jwt/client'
import * as view from './view.js';

/** @type {{ clientOptions: import('ably').ClientOptions }} Where Ably is: empty for Ably itself, else the local sandbox. */
const { clientOptions } = await fetch('/config.json').then((response) => response.json());

view.showBackend(
  clientOptions.endpoint === undefined ? 'Connects to Ably' : 'Connects to an Ably sandbox on this machine',
);
view.onLogin(logIn);

/**
 * @param {string} username
 * @param {string} password
 */
function logIn(username, password) {
  // Sent with the first request only: the server answers it with a session cookie, and renewals need nothing else.
  let credentials = { username, password };
  let loggedIn = false;
  /** @type {string | undefined} Why the last request for a token failed. */
  let authProblem;

  const realtime = new Ably.Realtime({
    ...clientOptions,
    authCallback: createAuthCallback('/auth', {
      method: 'POST',
      body: () => credentials ?? {}, // an object is sent as JSON
      // Ably stays connected while a renewal fails and the old token still lives: only this tells of it.
      onError: (error) => {
        const unreachable = error.status === undefined && error.cause !== undefined;
        authProblem = unreachable ? `/auth can't be reached: ${error.cause.message}` : error.message;
        view.showProblem(authProblem);
      },
    }),
  });

  realtime.connection.on((change) => {
    if (change.current === 'connected') {
      credentials = authProblem = undefined;
      view.showConnected(realtime.auth.tokenDetails, realtime.auth.clientId);
      if (!loggedIn) announce('Client successfully connected to Ably using JWT auth');
      loggedIn = true;
    } else if (change.current === 'failed' || (change.current === 'disconnected' && !loggedIn)) {
      end(problemOf(change.reason));
    } else if (loggedIn) {
      view.showState(change.current, problemOf(change.reason));
    }
  });
  view.onLogout(() => {
    fetch('/logout', { method: 'POST' }).catch(() => {}); // the session in the browser ends in any case
    end();
  });

  /**
   * With code 80019, Ably says only that there was no token: we know why.
   *
   * @param {import('ably').ErrorInfo | undefined} reason
   */
  function problemOf(reason) {
    return (reason?.code === 80019 && authProblem) || reason?.message;
  }

  /** @param {string} [problem] */
  function end(problem) {
    credentials = undefined;
    realtime.connection.off();
    realtime.close();
    view.showLoggedOut(problem);
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
