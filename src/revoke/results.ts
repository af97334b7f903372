import { AblyJwtError, optionError } from '../errors.js';
import { quoted } from '../util/text.js';

/**
 * Which tokens to revoke: those of a client, those with a revocation key, or those whose capability names exactly this
 * resource (`foo:*` means a capability that says `foo:*`, not one that says `foo:bar`; Ably enables channel targets per
 * account, on request).
 */
export type RevocationTarget =
  | {
      /** The `clientId` of the tokens. */
      clientId: string;
    }
  | {
      /** The `revocationKey` of the tokens. */
      revocationKey: string;
    }
  | {
      /** A resource that the tokens' capability names, to the letter. */
      channel: string;
    };
/** What became of one target: revoked, or refused with Ably's error. */
export type RevocationResult =
  | {
      /** The target, as it was given. */
      target: RevocationTarget;
      /** Tokens issued before this are revoked. */
      issuedBefore: Date;
      /** From when on they are refused. */
      appliesAt: Date;
      /** None: it was revoked. */
      error?: undefined;
    }
  | {
      /** The target, as it was given. */
      target: RevocationTarget;
      /** Why Ably did not revoke it. */
      error: AblyJwtError;
    };

/** What became of all targets. */
export interface Revocations {
  /** How many targets were revoked. */
  successCount: number;
  /** How many were refused. */
  failureCount: number;
  /** One result for each target, in their order. */
  results: RevocationResult[];
}

/** What tokens can be revoked by. */
export const targetTypes = ['clientId', 'revocationKey', 'channel'] as const;

/** A target as Ably writes it, such as `clientId:alice`. */
export function targetSpecifier(target: RevocationTarget): string {
  const entries = typeof target === 'object' && target !== null ? Object.entries(target) : [];
  const [type, value] = entries[0] ?? [];
  if (entries.length !== 1 || !targetTypes.some((known) => known === type)) {
    throw optionError(
      'targets',
      target,
      'a list of { clientId }, { revocationKey } or { channel }, one name in each',
    );
  }
  if (typeof value !== 'string' || value === '')
    throw optionError(`targets.${type}`, value, 'a string that is not empty');
  return `${type}:${value}`;
}
/** Ably's answer, of which nothing is certain. */
export interface Answer {
  readonly error?: AblyErrorInfo;
  readonly results?: unknown;
}

interface AblyErrorInfo {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly message?: unknown;
}

/** Reads a body, whatever it is. */
export function readAnswer(text: string): Answer {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

/** What became of each target. */
export function readResults(targets: readonly RevocationTarget[], results: readonly unknown[]): Revocations {
  const read = targets.map((target, n): RevocationResult => {
    const { error, issuedBefore, appliesAt } = (results[n] ?? {}) as {
      error?: AblyErrorInfo;
      issuedBefore?: number;
      appliesAt?: number;
    };
    if (typeof issuedBefore === 'number' && typeof appliesAt === 'number') {
      return { target, issuedBefore: new Date(issuedBefore), appliesAt: new Date(appliesAt) };
    }
    return {
      target,
      error: refused(`Ably did not revoke ${quoted(targetSpecifier(target))}`, error ?? {}, undefined),
    };
  });
  const failureCount = read.filter(({ error }) => error !== undefined).length;
  return { successCount: read.length - failureCount, failureCount, results: read };
}

/** What to do about the codes that revocation is known to answer. */
const remedies: Readonly<Record<number, string>> = {
  40000: 'Ably could not read the request or the target.',
  40101: 'The secret is not that of the key.',
  40121: 'Ably has to enable channel targets for your account: ask its support.',
  40133: 'Revoke with the key that signed the tokens.',
  40162: 'Revoking takes the API key; a token is not enough.',
  40163: 'Switch on revocable tokens for this key in the Ably dashboard, and sign with { revocable: true }.',
  40164: 'Switch on revocable tokens for this key in the Ably dashboard, and sign with { revocable: true }.',
  40400: "Ably doesn't know the key. Is it of another cluster, or deleted?",
};
const rateLimited = 'Too many requests: wait, and send up to 100 targets in one request.';

/** An error that Ably answered with, and what to do about it. */
export function refused(what: string, info: AblyErrorInfo, httpStatus: number | undefined): AblyJwtError {
  const ablyCode = typeof info.code === 'number' ? info.code : undefined;
  const statusCode = typeof info.statusCode === 'number' ? info.statusCode : httpStatus;
  const reason = typeof info.message === 'string' && info.message !== '' ? info.message : 'without a reason';
  const hint =
    ablyCode === undefined
      ? undefined
      : (remedies[ablyCode] ?? (statusCode === 429 ? rateLimited : undefined));
  return failed(`${what}: ${reason}`, ablyCode, statusCode, hint);
}

/** An `ENDPOINT_FAILED` error, with Ably's numbers where it gave some. */
export function failed(
  message: string,
  ablyCode: number | undefined,
  statusCode: number | undefined,
  hint: string | undefined,
): AblyJwtError {
  return new AblyJwtError('ENDPOINT_FAILED', message, { ablyCode, statusCode, hint });
}
