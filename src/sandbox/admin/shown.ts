import { maskTokens, shortestSecret } from '../../util/credentials.js';
import type { Context } from '../context.js';

/**
 * The JSON of a value, without tokens and without the secrets of the sandbox's own keys. Ids of clients and names of channels are
 * shown as they are, and a client can have put either there.
 */
export function shownJson(value: unknown, apps: Context['apps']): string {
  let text = maskTokens(JSON.stringify(value));
  for (const secret of apps.secrets) if (secret.length >= shortestSecret) text = text.replaceAll(secret, '…');
  return text;
}
