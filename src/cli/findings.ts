import { printable } from '../util/text.js';
import type { Output } from './terminal.js';

/** What a command reports: a finding of `explainAblyJwt`, or one of `check` in the same form. */
export interface Reported {
  readonly code: string;
  readonly ablyCode?: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint: string;
}

/** Prints findings for a person. */
export function printFindings(out: Output, findings: readonly Reported[]): void {
  for (const { code, ablyCode, severity, message, hint } of findings) {
    const label = out.style(['bold', severity === 'error' ? 'red' : 'yellow'], severity);
    const number = ablyCode === undefined ? '' : out.style('dim', ` (Ably's code ${ablyCode})`);
    out.line(`${label} ${out.style('bold', code)}${number}`);
    out.line(printable(message), '  ');
    if (hint !== '') out.advice(printable(hint), '  ');
    out.line();
  }
}

/** How many there are, in words. */
export function tally(findings: readonly Reported[]): string {
  const count = (severity: Reported['severity']) => {
    const { length } = findings.filter((finding) => finding.severity === severity);
    return length === 0 ? [] : [`${length} ${severity}${length === 1 ? '' : 's'}`];
  };
  return [...count('error'), ...count('warning')].join(', ');
}

/** The exit code for findings: 1 when there is an error among them. */
export function exitCodeOf(findings: readonly Reported[]): number {
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}
