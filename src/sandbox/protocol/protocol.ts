/** Names and shapes of Ably's realtime protocol. {@link https://sdk.ably.com/builds/ably/specification/main/features/} */

/** @internal What a frame is for (Ably spec TR2). */
export const Action = {
  HEARTBEAT: 0,
  ACK: 1,
  NACK: 2,
  CONNECTED: 4,
  DISCONNECT: 5,
  DISCONNECTED: 6,
  CLOSE: 7,
  CLOSED: 8,
  ERROR: 9,
  ATTACH: 10,
  ATTACHED: 11,
  DETACH: 12,
  DETACHED: 13,
  PRESENCE: 14,
  MESSAGE: 15,
  SYNC: 16,
  AUTH: 17,
  OBJECT: 19,
  ANNOTATION: 21,
  PING: 22,
  PONG: 23,
} as const;

/** @internal Bits of `flags` in ATTACH and ATTACHED (Ably spec TR3). */
export const Flag = {
  HAS_PRESENCE: 1 << 0,
  HAS_BACKLOG: 1 << 1,
  RESUMED: 1 << 2,
  /** Sent by older clients that attach again. */
  ATTACH_RESUME: 1 << 5,
} as const;

/** @internal What a message does (Ably spec TM5). */
export const MessageAction = { CREATE: 0, UPDATE: 1, DELETE: 2, SUMMARY: 4, APPEND: 5 } as const;

/** @internal What a presence message says (Ably spec TP2). */
export const PresenceAction = { ABSENT: 0, PRESENT: 1, ENTER: 2, LEAVE: 3, UPDATE: 4 } as const;

/** Ably's form of an error. All of `code`, `statusCode` and `message` must be there, or clients drop the frame. */
export interface ErrorInfo {
  /** Ably's code, such as 40142. */
  readonly code: number;
  /** The HTTP status that belongs to it. */
  readonly statusCode: number;
  /** What was found, and what to do. */
  readonly message: string;
  /** Ably's page about the code. */
  readonly href: string;
}

/** @internal The version of a message, and who made the change and why (Ably spec TM2s). */
export interface MessageVersion {
  serial?: string | undefined;
  timestamp?: number | undefined;
  clientId?: string | undefined;
  description?: string | undefined;
  metadata?: Record<string, unknown> | undefined;
}

/** @internal A message in a frame or a REST body. */
export interface WireMessage {
  id?: string;
  clientId?: string;
  connectionId?: string;
  name?: string;
  data?: unknown;
  encoding?: string;
  extras?: Record<string, unknown>;
  timestamp?: number;
  action?: number;
  serial?: string;
  version?: MessageVersion;
  annotations?: { summary: Record<string, object> };
}

/** @internal A presence message in a frame or a REST body. */
export interface WirePresence {
  action: number;
  id?: string;
  clientId?: string;
  connectionId?: string;
  data?: unknown;
  encoding?: string;
  extras?: Record<string, unknown>;
  timestamp?: number;
}

/** @internal An annotation of a message in a frame or a REST body. */
export interface WireAnnotation {
  id?: string;
  action?: number;
  clientId?: string;
  type?: string;
  name?: string;
  count?: number;
  data?: unknown;
  encoding?: string;
  extras?: Record<string, unknown>;
  messageSerial?: string;
  serial?: string;
  timestamp?: number;
}

/** @internal The connection's details in a CONNECTED frame (Ably spec CD2). */
export interface ConnectionDetails {
  clientId?: string | undefined;
  connectionKey: string;
  maxMessageSize: number;
  maxFrameSize: number;
  maxInboundRate: number;
  connectionStateTtl: number;
  maxIdleInterval: number;
  serverId: string;
}

/**
 * @internal
 * A frame. What is undefined is left out when it is encoded: a `channel` of null would make an ERROR of the whole
 * connection look like one of a channel.
 */
export interface Frame {
  action: number;
  id?: string | undefined;
  channel?: string | undefined;
  channelSerial?: string | undefined;
  connectionId?: string | undefined;
  connectionDetails?: ConnectionDetails | undefined;
  msgSerial?: number | undefined;
  count?: number | undefined;
  res?: { serials: (string | null)[] }[] | undefined;
  error?: ErrorInfo | undefined;
  flags?: number | undefined;
  params?: Record<string, string> | undefined;
  messages?: readonly WireMessage[] | undefined;
  presence?: readonly WirePresence[] | undefined;
  annotations?: readonly WireAnnotation[] | undefined;
  timestamp?: number | undefined;
  auth?: { accessToken?: unknown } | undefined;
}

/** @internal The largest message that the server takes, in bytes. */
export const maxMessageSize = 65_536;
/** @internal The largest frame or request body that the server takes, in bytes. */
export const maxFrameSize = 524_288;
/** @internal How long a lost connection can be resumed, in milliseconds. */
export const connectionStateTtl = 120_000;
/** @internal The longest silence of the server on a live connection, in milliseconds. */
export const maxIdleInterval = 15_000;

/** @internal The details that are the same for every connection. */
export const serverDetails = {
  maxMessageSize,
  maxFrameSize,
  maxInboundRate: 1000,
  connectionStateTtl,
  maxIdleInterval,
  serverId: 'sandbox',
} as const;
