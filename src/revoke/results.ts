import { AblyJwtError, optionError } from '../errors.js';
import { quoted } from '../util/text.js';

/** Which tokens to revoke: those of a client, of a revocation key, or those whose capability names a resource. */
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
      /**
       * A resource that the tokens' capability names, to the letter: `foo:*` means a capability that has the resource
       * `foo:*`, not one that has `foo:bar`. Ably enables this target per account, on request.
       */
      channel: string;
    };

/** The outcome for one target: revoked, or refused with Ably's error. */
export type RevocationResult =
  | {
      /** The target, as you passed it. */
      target: RevocationTarget;
      /** Tokens issued before this are revoked. */
      issuedBefore: Date;
      /** When Ably starts to refuse them. */
      appliesAt: Date;
      /** Absent: the target was revoked. */
      error?: undefined;
    }
  | {
      /** The target, as you passed it. */
      target: RevocationTarget;
      /** Why Ably did not revoke it. */
      error: AblyJwtError;
    };

/** The outcome of {@link revokeAblyTokens}. */
export interface Revocations {
  /** How many targets were revoked. */
  successCount: number;
  /** How many were not. */
  failureCount: number;
  /** One result for each target, in their order. */
  results: RevocationResult[];
}

/** @internal What tokens can be revoked by. */
export const targetTypes = ['clientId', 'revocationKey', 'channel'] as const;

/** @internal A target as Ably writes it, such as `clientId:alice`. */
export function targetSpecifier(target: RevocationTarget): string {
  const entries = Object.entries<unknown>(Object(target));
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
  // JSON would carry it, but no token has it: what Ably made of it would be another name.
  if (!value.isWellFormed())
    throw optionError(`targets.${type}`, value, 'without lone surrogates (halves of characters)');
  return `${type}:${value}`;
}

/** @internal Ably's response, of which nothing is certain. */
export interface RevocationResponse {
  readonly error?: AblyErrorInfo;
  readonly results?: unknown;
}

interface AblyErrorInfo {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly message?: unknown;
}

/** @internal Parses a response body, whatever it is. */
export function parseResponse(text: string): RevocationResponse {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

/**
 * @internal
 * The outcome for each target.
 *
 * @param specifiers - the targets as they were sent
 * @param clean - strikes secrets out of Ably's messages
 */
export function readResults(
  targets: readonly RevocationTarget[],
  specifiers: readonly string[],
  results: readonly unknown[],
  clean: (text: string) => string,
): Revocations {
  const outcomes = outcomesOf(results);
  const read = targets.map((target, n): RevocationResult => {
    const specifier = specifiers[n]!;
    const { error, issuedBefore, appliesAt } = outcomes.get(specifier) ?? {};
    if (error == null && isTime(issuedBefore) && isTime(appliesAt)) {
      return { target, issuedBefore: new Date(issuedBefore), appliesAt: new Date(appliesAt) };
    }
    return {
      target,
      error: ablyError(`Ably did not revoke ${quoted(specifier)}`, error, undefined, clean),
    };
  });
  const failureCount = read.filter(({ error }) => error !== undefined).length;
  return { successCount: read.length - failureCount, failureCount, results: read };
}

/** One of Ably's results, of which nothing is certain. */
interface Outcome {
  readonly target?: unknown;
  readonly error?: AblyErrorInfo | null;
  readonly issuedBefore?: unknown;
  readonly appliesAt?: unknown;
}

/** Ably's results by their targets, not by their places: a result that is missing must not shift the others. */
function outcomesOf(results: readonly unknown[]): Map<unknown, Outcome> {
  const outcomes = new Map<unknown, Outcome>();
  for (const result of results) {
    const outcome = Object(result) as Outcome;
    // Of two for one target, the one that says that it failed.
    if (outcomes.get(outcome.target)?.error == null) outcomes.set(outcome.target, outcome);
  }
  return outcomes;
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Math.abs(value) <= 8.64e15;

/** What to do about the codes that Ably answers a revocation with. */
const remedies: Readonly<Record<number, string>> = {
  40000: 'Ably could not read the request or the target.',
  40101: 'The secret is not that of the key.',
  40121: 'Ably has to enable channel targets for your account: ask its support.',
  40133: 'Revoke with the key that signed the tokens.',
  40162: 'Revoking takes the API key; a token is not enough.',
  40163: 'Enable revocable tokens for this key in the Ably dashboard, and sign with { revocable: true }.',
  40164: 'Enable revocable tokens for this key in the Ably dashboard, and sign with { revocable: true }.',
  40400: "Ably doesn't know the key. It is of another cluster, or was deleted.",
};
const rateLimited = 'Too many requests: wait, and send up to 100 targets in one request.';

/** @internal An error that Ably answered with, and what to do about it. */
export function ablyError(
  what: string,
  info: AblyErrorInfo | null | undefined,
  httpStatus: number | undefined,
  clean: (text: string) => string,
): AblyJwtError {
  const { code, statusCode, message } = Object(info) as AblyErrorInfo;
  const ablyCode = typeof code === 'number' ? code : undefined;
  const status = typeof statusCode === 'number' ? statusCode : httpStatus;
  const reason = typeof message === 'string' && message !== '' ? clean(message) : 'without a reason';
  const hint = remedies[ablyCode ?? 0] ?? (status === 429 ? rateLimited : undefined);
  return new AblyJwtError('ENDPOINT_FAILED', `${what}: ${reason}`, { ablyCode, statusCode: status, hint });
}
