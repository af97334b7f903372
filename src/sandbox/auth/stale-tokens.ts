import { setBounded } from '../../util/maps.js';
import { protocolError } from '../protocol/errors.js';
import { fingerprint } from './authenticator.js';

/** How often a REST client may send a token that was refused. */
const patience = 5;
/** How many tokens are counted. The oldest are forgotten. */
const countedTokens = 1_000;

/**
 * Stops clients that send the same refused token forever. ably-js does, up to 2.28 at least: after a token error on a
 * REST call it fetches a new token, and sends the request again with the old one.
 * {@link https://github.com/ably/ably-js/issues/2193}
 */
export class StaleTokens {
  readonly #refused = new Map<string, { count: number; readonly code: number }>();

  /** Notes that a token was refused. */
  count(token: string, code: number): void {
    const print = fingerprint(token);
    const entry = this.#refused.get(print) ?? { count: 0, code };
    entry.count++;
    setBounded(this.#refused, print, entry, countedTokens);
  }

  /** @throws {@link ProtocolError} 40300, which makes a client stop, when the token was refused too often */
  check(token: string | undefined): void {
    if (token === undefined) return;
    const entry = this.#refused.get(fingerprint(token));
    if (entry === undefined || entry.count < patience) return;
    throw protocolError(
      'STALE_TOKEN_LOOP',
      `The sandbox stops a loop: this same token was refused ${patience} times with ${entry.code}, and the client keeps ` +
        'sending it. ably-js repeats a REST request with the old token after renewing (ably-js issue 2193): call ' +
        'auth.authorize() before the token expires, or give it TokenDetails with "expires" and call time() once.',
    );
  }
}
