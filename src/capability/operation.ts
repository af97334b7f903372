import { didYouMean } from '../util/text.js';

/** The operations of {@link Operation}: one row each, in the order in which messages list them. */
export const operations = [
  'subscribe',
  'publish',
  'presence',
  'object-subscribe',
  'object-publish',
  'annotation-subscribe',
  'annotation-publish',
  'message-update-own',
  'message-update-any',
  'message-delete-own',
  'message-delete-any',
  'history',
  'stats',
  'push-subscribe',
  'push-admin',
  'channel-metadata',
  'privileged-headers',
] as const;

/** Operations that Ably accepts and its documentation does not list. */
const undocumentedOperations = [
  'message-subscribe',
  'presence-subscribe',
  'channel-metadata:publishers',
  'list-channels',
  'connection-metadata',
];

/**
 * What a client may do on a channel.
 *
 * | operation | lets the client |
 * | --- | --- |
 * | `subscribe` | receive messages, and see who is present |
 * | `publish` | send messages |
 * | `presence` | enter, update and leave presence; needs a clientId |
 * | `history` | read past messages and presence |
 * | `channel-metadata` | read a channel's status, and list the channels in use |
 * | `stats` | read the app's statistics; has an effect on the resource `*` only |
 * | `annotation-subscribe`, `annotation-publish` | receive, and send, annotations of messages |
 * | `message-update-own`, `message-update-any` | change their own messages, or any message |
 * | `message-delete-own`, `message-delete-any` | delete their own messages, or any message |
 * | `object-subscribe`, `object-publish` | read, and change, LiveObjects |
 * | `push-subscribe`, `push-admin` | manage the push registration of their own device, or of all devices |
 * | `privileged-headers` | set privileged fields in a message's `extras` |
 *
 * @useDeclaredType
 * @see {@link https://ably.com/docs/auth/capabilities | Ably: capabilities}
 */
export type Operation = (typeof operations)[number];

const documented: ReadonlySet<string> = new Set<string>([...operations, '*']);
const accepted: ReadonlySet<string> = new Set([...documented, ...undocumentedOperations]);

/** @internal Whether an operation is one that Ably documents, or `*`. */
export function isDocumentedOperation(operation: string): boolean {
  return documented.has(operation);
}

/** @internal Whether Ably accepts an operation, as far as this version knows. Ably refuses a token with any other. */
export function isAcceptedOperation(operation: string): boolean {
  return accepted.has(operation);
}

/** @internal ` Did you mean "x"?` for the operation that a wrong one comes close to, or nothing. */
export function suggestOperation(wrong: string): string {
  // Ably's Control API calls it so.
  return didYouMean(wrong, operations, (name) => (name.toLowerCase() === 'statistics' ? 'stats' : undefined));
}
