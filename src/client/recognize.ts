import type { Answer } from './answer.js';
import { failure, final, otherClientId } from './error.js';
import { noTokenIn, notAToken, otherClient } from './messages.js';
import { parseJson, read } from './read.js';
import { decode, type Token, type TokenDetails, type TokenRequest } from './token.js';

/** 128 KiB. Ably's client accepts no longer token. */
export const maxLength = 2 ** 17;

/**
 * The token in what an endpoint answered, or what a function of the app returned, as text.
 *
 * @throws AuthCallbackError if there is none, or if it is for another client than `own`
 */
export function toToken(text: string, answer: Answer, own: string | undefined): Token {
  const token = recognize(text, answer);
  const clientId = read(token, 'string', 'clientId');
  if (own && clientId && own !== clientId && own !== '*' && clientId !== '*') {
    throw failure(answer, otherClient(own, clientId), final, otherClientId);
  }
  return token;
}

/** A TokenRequest, or a token in white space, quotes or an envelope, with its details if they are known. */
function recognize(text: string, answer: Answer): Token {
  if (text.length > maxLength) throw failure(answer, notAToken(answer, 'more than 128 KiB'));
  const value = parseJson(text) ?? text;
  const object = value as Partial<TokenRequest & TokenDetails>;
  if (object.keyName && object.mac) return object as TokenRequest;
  const found = typeof value === 'string' ? value : read(object, 'string', 'token');
  if (found === undefined) {
    throw failure(answer, object.token ? notAToken(answer, 'JSON') : noTokenIn(answer, object));
  }
  const token = found.trim();
  if (!/^[\w=+/-]+\.[\w.=+/-]+$/.test(token)) throw failure(answer, notAToken(answer, describe(token)));
  // Only a token of Ably's own has details that can't be read out of it.
  return decode(token) ?? (object.issued ? (object as TokenDetails) : token);
}

function describe(text: string): string {
  if (/^(undefined|null|)$/.test(text)) return text || 'nothing';
  return text[0] === '<' ? 'HTML' : 'text';
}
