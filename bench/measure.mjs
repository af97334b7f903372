// What the programs of this folder share: measuring side by side, printing, keeping the results.
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

/** @type {{ name: string, version: string }} */
const manifest = createRequire(import.meta.url)('../package.json');

/**
 * Times candidates side by side. Each round runs one small batch of every candidate, in a new random order, so that
 * nobody always works among a neighbour's garbage; ratios are taken within a round, so that a busy machine slows both
 * sides of them.
 *
 * @param {Record<string, (times: number) => unknown>} candidates - each does its work so many times
 * @param {{ base: string, milliseconds?: number, batch?: number }} options - `base` is what the ratios refer to,
 *   `milliseconds` the time for all, `batch` the length of one batch in milliseconds
 * @returns {Promise<Row[]>}
 * @typedef {{ name: string, microseconds: number, spread: number, ratio: number }} Row - the median; half of all
 *   batches lie within ± `spread` of it, as a share; the median of the ratios to the base
 */
export async function compare(candidates, { base, milliseconds = 8000, batch = 1 }) {
  const entries = Object.entries(candidates);
  const times = {};
  for (const [name, work] of entries) {
    await warmUp(work);
    times[name] = await calibrate(work, batch);
  }
  /** @type {Record<string, number[]>} */
  const samples = Object.fromEntries(entries.map(([name]) => [name, []]));
  const measureUntil = async (end) => {
    while (performance.now() < end) {
      for (const [name, work] of shuffled(entries)) {
        const start = performance.now();
        await work(times[name]);
        samples[name].push(((performance.now() - start) * 1000) / times[name]);
      }
    }
  };
  // The first tenth is thrown away: compilers are still at work.
  await measureUntil(performance.now() + milliseconds / 10);
  for (const list of Object.values(samples)) list.length = 0;
  await measureUntil(performance.now() + milliseconds);
  return entries.map(([name]) => {
    const microseconds = quantile(samples[name], 0.5);
    return {
      name,
      microseconds,
      spread: (quantile(samples[name], 0.75) - quantile(samples[name], 0.25)) / 2 / microseconds,
      ratio: median(samples[name].map((value, i) => value / samples[base][i])),
    };
  });
}

/** Alone, as on a server: among the others, a compiler may never come to see how hot the code is. */
async function warmUp(work) {
  const end = performance.now() + 300;
  while (performance.now() < end) await work(20);
}

/** How many times make a batch of the wanted length. */
async function calibrate(work, batch) {
  for (let times = 1; ; times *= 2) {
    const start = performance.now();
    await work(times);
    if (performance.now() - start > batch) return times;
  }
}

export function shuffled(list) {
  return list
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export const median = (values) => quantile(values, 0.5);

/** The versions of packages, by their own package.json. */
export function versions(names, from = import.meta.url) {
  const load = createRequire(from);
  return Object.fromEntries(names.map((name) => [name, load(`${name}/package.json`).version]));
}

/**
 * Prints the table of one program and keeps it, with its limits, for `run.mjs` and `docs/performance.md`.
 *
 * @param {{
 *   name: string,
 *   title: string,
 *   columns: string[],
 *   rows: (string | number)[][],
 *   limits?: { what: string, found: number, atMost?: number, atLeast?: number, unit?: string }[],
 *   notes?: string[],
 *   versions?: Record<string, string>,
 *   data?: unknown,
 * }} result - `data` is for the plot
 */
export async function report(result) {
  const runtime = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model.trim()}, ${process.platform}-${process.arch}`;
  const used = { [manifest.name]: manifest.version, ...result.versions };
  const limits = (result.limits ?? []).map((limit) => ({
    ...limit,
    met:
      limit.found <= (limit.atMost ?? Number.POSITIVE_INFINITY) &&
      limit.found >= (limit.atLeast ?? Number.NEGATIVE_INFINITY),
  }));
  console.log(`\n${result.title}\n${runtime}`);
  console.log(
    Object.entries(used)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  );
  console.log(`\n${alignedTable([result.columns, ...result.rows.map((row) => row.map(String))])}`);
  for (const note of result.notes ?? []) console.log(note);
  for (const limit of limits) console.log(`${limit.met ? 'met    ' : 'NOT MET'}  ${limitText(limit)}`);

  const folder = fileURLToPath(new URL('results/', import.meta.url));
  await mkdir(folder, { recursive: true });
  const kept = { ...result, limits, runtime, versions: used, date: new Date().toISOString() };
  await writeFile(`${folder}${result.name}.json`, `${JSON.stringify(kept, null, 2)}\n`);
}

/**
 * Such as `createAblyJwt: 1.15 × the floor (at most 1.25)`.
 *
 * @param {{ what: string, found: number, atMost?: number, atLeast?: number, unit?: string }} limit
 */
export function limitText({ what, found, atMost, atLeast, unit = '' }) {
  return `${what}: ${short(found)}${unit} (${atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`}${unit})`;
}

/** Three digits, or whole numbers from 100 on. */
export function short(value) {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export function alignedTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ');
  return rows.map(line).join('\n');
}
