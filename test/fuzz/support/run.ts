import { Random } from './random.js';
import type { Package, Target } from './target.js';

/** How long to try, and with what. */
export interface Limits {
  readonly seed: number;
  /** The number of the first input. */
  readonly from?: number;
  /** How many inputs. */
  readonly runs?: number;
  /** How many milliseconds. */
  readonly milliseconds?: number;
}

/** What happened, and how often. */
export type Counts = Readonly<Record<string, number>>;

/**
 * Tries a target with random inputs, one after the other.
 *
 * @throws what the first wrong outcome threw, with how to repeat it
 */
export async function fuzz(target: Target, tried: Package, limits: Limits): Promise<Counts> {
  const { seed, from = 0, runs = Number.POSITIVE_INFINITY, milliseconds = Number.POSITIVE_INFINITY } = limits;
  const end = performance.now() + milliseconds;
  const counts: Record<string, number> = {};
  const running = await target.start(tried);
  try {
    for (let n = 0; n < runs && !(n % 16 === 0 && performance.now() >= end); n += 1) {
      const outcome = await tryOne(target, running, seed, from + n);
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
  } finally {
    await running.close?.();
  }
  return counts;
}

async function tryOne(
  { name }: Target,
  running: Awaited<ReturnType<Target['start']>>,
  seed: number,
  input: number,
): Promise<string> {
  try {
    const outcome = running.tryInput(new Random(seed, input));
    return typeof outcome === 'string' ? outcome : await outcome;
  } catch (error) {
    const again = `Repeat it with: npm run fuzz -- ${name} --seed ${seed} --from ${input} --runs 1`;
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}\n${again}`, {
      cause: error,
    });
  }
}
