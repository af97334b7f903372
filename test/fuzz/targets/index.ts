import type { Target } from '../support/target.js';
import { algebra, capabilities } from './capabilities.js';
import { client } from './client.js';
import { endpoint } from './endpoint.js';
import { frames, requests } from './sandbox.js';
import { durations, keys, patterns } from './texts.js';
import { tokens } from './tokens.js';

/** Everything that `npm run fuzz` tries. */
export const targets: readonly Target[] = [
  ...[keys, durations, patterns, capabilities, algebra, tokens],
  ...[endpoint, client, frames, requests],
];
