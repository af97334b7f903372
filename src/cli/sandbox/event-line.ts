import type { SandboxEvent } from '../../testing.js';
import { printable } from '../../util/text.js';
import type { Output } from '../terminal.js';

const colors = {
  connected: 'green',
  renewed: 'green',
  refused: 'red',
  expired: 'yellow',
  revoked: 'red',
  disconnected: 'dim',
  request: 'dim',
} as const satisfies Record<SandboxEvent['type'], string>;

/** An event in one line, for a person who watches. */
export function eventLine(out: Output, event: SandboxEvent): string {
  const { at, type } = event;
  // A new type of event is shown as well.
  const name = out.style(colors[type] ?? 'bold', type.padEnd(12));
  const parts = [...whoParts(event), ...whatParts(event)];
  return `${out.style('dim', at.toISOString().slice(11, 19))} ${name} ${printable(parts.join(' · '))}`;
}

function whoParts({ clientId, keyName, agent, request, type }: SandboxEvent): string[] {
  // Who a client is, is said when it comes.
  const comes = type === 'connected' || type === 'refused';
  return [
    ...(clientId !== undefined ? [clientId] : type === 'refused' ? [] : ['anonymous']),
    ...(request === undefined ? [] : [`${request.method} ${request.path} ${request.status}`]),
    ...(comes && keyName !== undefined ? [`key ${keyName}`] : []),
    ...(comes && agent !== undefined ? [agent.split(' ', 1)[0]!] : []),
  ];
}

function whatParts({ type, expiresAt, error, findings = [] }: SandboxEvent): string[] {
  const shown = type === 'connected' || type === 'renewed';
  const expiry = shown && expiresAt !== undefined ? [`until ${expiresAt.toISOString().slice(11, 19)}`] : [];
  const defects = findings.filter(({ severity }) => severity === 'error');
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const refused =
    error === undefined ? [] : [`${error.code}${defects.length === 0 ? ` ${error.message}` : ''}`];
  return [
    ...expiry,
    ...refused,
    ...defects.map(({ code, message, hint }) => `${code}: ${message} ${hint}`),
    // A name will do: this is a line that scrolls by, and explain has the rest.
    ...warnings.map(({ code }) => code),
  ];
}
