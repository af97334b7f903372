import type { AblyJwt } from '../index.js';
import { printable } from '../util/text.js';
import type { Output } from './terminal.js';

/** Prints what a token grants: everything it says but its text and signature. */
export function printGrants(out: Output, token: AblyJwt): void {
  const { clientId, clientType, capability, revocationKey } = token;
  const rows: [label: string, value: string][] = [
    ['key', token.keyName],
    ['clientId', clientId === undefined ? 'none: an anonymous client' : clientName(clientId)],
    ...(clientType === undefined ? [] : [['client type', clientType] as [string, string]]),
    ['valid', `${clock(token.issuedAt)} to ${clock(token.expiresAt)} (${lifetime(token)})`],
    ...(revocationKey === undefined ? [] : [['revocation key', revocationKey] as [string, string]]),
    ...(capability === undefined
      ? [['capability', 'every right of the key'] as [string, string]]
      : Object.entries(capability).map(
          ([resource, granted]) => [`on ${resource}`, granted.join(', ')] as [string, string],
        )),
    ...members('channel claim', token.channelClaims),
    ...members('room claim', token.roomClaims),
    ...members('messages per second', token.publishRateLimits),
    ...members('claim', token.claims),
  ];
  for (const [label, value] of rows)
    out.line(`  ${out.style('dim', `${printable(label)}:`)} ${printable(value)}`);
}

const clientName = (clientId: string) => (clientId === '*' ? '* (the holder may take any)' : clientId);

function members(label: string, values: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(values).map(([name, value]) => [
    `${label} ${name}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}

const clock = (time: Date) => `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** How long a token is valid, in the largest unit that suits it. */
export function lifetime({ issuedAt, expiresAt }: Pick<AblyJwt, 'issuedAt' | 'expiresAt'>): string {
  const minutes = (expiresAt.getTime() - issuedAt.getTime()) / 60_000;
  const [amount, unit] = Math.abs(minutes) >= 120 ? [minutes / 60, 'hour'] : [minutes, 'minute'];
  return new Intl.NumberFormat('en', {
    style: 'unit',
    unit,
    unitDisplay: 'long',
    maximumFractionDigits: 1,
  }).format(amount);
}
