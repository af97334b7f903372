import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Prints the totals of a run as its last line: `N passed, N failed`. A file that could not be loaded is a failure. With
 * `TOTALS_FILE` in the environment it writes them there instead, for scripts/test.ts, which adds up several runs.
 */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      count.failed += module.errors().length;
      for (const test of module.children.allTests()) count[test.result().state] += 1;
    }
    const { passed, failed } = count;
    const skipped = count.skipped + count.pending;
    const file = process.env.TOTALS_FILE;
    if (file !== undefined) {
      writeFileSync(file, JSON.stringify({ passed, failed, skipped }));
      return;
    }
    // After the other reporters, which print when the run has ended.
    process.once('exit', () => {
      console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
    });
  }
}
