import type { SandboxEvent } from '../../testing.js';
import { type Output, printable } from '../terminal.js';

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
  return [
    ...(clientId !== undefined ? [clientId] : type === 'refused' ? [] : ['anonymous']),
    ...(request === undefined ? [] : [`${request.method} ${request.path} ${request.status}`]),
    ...(keyName === undefined ? [] : [`key ${keyName}`]),
    ...(agent === undefined ? [] : [agent.split(' ', 1)[0]!]),
  ];
}

function whatParts({ type, expiresAt, error, findings = [] }: SandboxEvent): string[] {
  const shown = type === 'connected' || type === 'renewed';
  const expiry = shown && expiresAt !== undefined ? [`until ${expiresAt.toISOString().slice(11, 19)}`] : [];
  const why = findings.map(({ code, message, hint, severity }) =>
    // What is only a warning needs no remedy in a line that scrolls by.
    severity === 'error' ? `${code}: ${message} ${hint}` : code,
  );
  const ablyError = error === undefined ? [] : [`${error.code} ${error.message}`];
  return [...expiry, ...ablyError, ...why];
}
