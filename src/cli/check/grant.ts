import {
  type AblyKey,
  can,
  decodeAblyJwt,
  explainAblyJwt,
  isAblyJwtError,
  parseCapability,
} from '../../index.js';
import type { Reported } from '../findings.js';
import { lifetime } from '../grants.js';
import type { Given, JsonObject } from './answer.js';
import { finding } from './rules.js';

/** What a token or a TokenRequest grants, as far as it can be read. */
export interface Grant {
  /** The token, or the MAC of a TokenRequest: what is never the same twice. Not to be shown. */
  readonly text: string;
  /** Whether its claims could be read; the rest is there only then. */
  readonly readable: boolean;
  readonly clientId?: string | undefined;
  /** Canonical text; undefined when it inherits the key's rights. */
  readonly capability?: string | undefined;
  readonly issuedAt?: Date | undefined;
  readonly expiresAt?: Date | undefined;
}

/** Reads what was given. */
export function readGrant({ kind, text, details }: Given): Grant {
  if (kind === 'request') return ofDetails(text, details, details.timestamp, details.ttl);
  try {
    const { clientId, capability, issuedAt, expiresAt } = decodeAblyJwt(unwrapped(text));
    const rights = capability && JSON.stringify(capability);
    return { text, readable: true, clientId, capability: rights, issuedAt, expiresAt };
  } catch (error) {
    if (!isAblyJwtError(error)) throw error;
    if (details === undefined) return { text, readable: false };
    const ttl = Number(details.expires) - Number(details.issued);
    return ofDetails(text, details, details.issued, ttl);
  }
}

/** What explain tells of an authorization header or white space must not hide what is inside. */
const unwrapped = (text: string) => text.trim().replace(/^bearer\s+/i, '');

function ofDetails(text: string, details: JsonObject, issued: unknown, ttl: unknown): Grant {
  const issuedAt = typeof issued === 'number' ? new Date(issued) : undefined;
  const capability = typeof details.capability === 'string' ? canonical(details.capability) : undefined;
  return {
    text,
    readable: true,
    clientId: typeof details.clientId === 'string' ? details.clientId : undefined,
    capability,
    issuedAt,
    expiresAt:
      issuedAt !== undefined && typeof ttl === 'number' && !Number.isNaN(ttl)
        ? new Date(issuedAt.getTime() + ttl)
        : undefined,
  };
}

function canonical(text: string): string {
  try {
    return JSON.stringify(parseCapability(text));
  } catch (error) {
    if (isAblyJwtError(error)) return text;
    throw error;
  }
}

/** From here on a user who is thrown out keeps what they have for long; above a day, Ably refuses the token. */
const longMs = { from: 3_600_000, to: 86_400_000 };

/** How far the clock of a server may be off before it hurts: half of what Ably forgives. */
const clockMs = 30_000;

/** What the grant itself is wrong about, the rules of explain among it. */
export async function judgeGrant(given: Given, grant: Grant, key: AblyKey | undefined): Promise<Reported[]> {
  const explained =
    given.kind === 'token' && isJwt(given.text) ? await explainAblyJwt(given.text, key) : undefined;
  return [
    // A missing key isn't the endpoint's fault; the report names it at its end.
    ...(explained?.filter(({ code }) => key !== undefined || code !== 'SIGNATURE_UNCHECKED') ?? []),
    ...(explained === undefined && grant.readable ? wideFindings(grant) : []),
    ...timeFindings(grant),
  ];
}

/** Anything but an Ably Token, which only Ably can read. */
const isJwt = (text: string) => !/^[\w-]+\.[\w-]+$/.test(text);

function wideFindings({ capability }: Grant): Reported[] {
  if (capability === undefined)
    return [finding('CAPABILITY_WIDE', 'It has no capability, and with that every right of the key.')];
  // A channel that no pattern would name.
  const everything = safely(() => can(parseCapability(capability), '*', 'ably-jwt-check'));
  return everything ? [finding('CAPABILITY_WIDE', 'It grants every operation on every channel.')] : [];
}

function safely(ask: () => boolean): boolean {
  try {
    return ask();
  } catch (error) {
    if (isAblyJwtError(error)) return false;
    throw error;
  }
}

function timeFindings({ issuedAt, expiresAt }: Grant): Reported[] {
  if (issuedAt === undefined || expiresAt === undefined) return [];
  const found: Reported[] = [];
  const milliseconds = expiresAt.getTime() - issuedAt.getTime();
  if (milliseconds > longMs.from && milliseconds <= longMs.to)
    found.push(finding('LIFETIME_LONG', `It is valid for ${lifetime({ issuedAt, expiresAt })}.`));
  const late = Date.now() - issuedAt.getTime();
  if (Math.abs(late) > clockMs) {
    const seconds = Math.round(Math.abs(late) / 1000);
    found.push(
      finding(
        'CLOCK_OFF',
        `It says it was issued ${seconds} s ${late > 0 ? 'before' : 'after'} it was asked for.`,
      ),
    );
  }
  return found;
}
