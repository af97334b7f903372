// Writes the figures of a run into docs/performance.md, between its two markers, and draws docs/performance.svg.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { limitText, short } from './measure.mjs';

const page = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const plot = fileURLToPath(new URL('../docs/performance.svg', import.meta.url));
const markers = ['<!-- figures: written by bench/docs.mjs -->', '<!-- end of figures -->'];

export async function writeDocs(results) {
  const text = await readFile(page, 'utf8');
  const [from, to] = markers.map((marker) => text.indexOf(marker));
  if (from < 0 || to < from) throw new Error('docs/performance.md has lost its markers.');
  const figures = [heading(results), ...results.map(section)].join('\n\n');
  await writeFile(page, `${text.slice(0, from)}${markers[0]}\n\n${figures}\n\n${text.slice(to)}`);
  await writeFile(plot, draw(results.find(({ name }) => name === 'sign').data));
}

function heading(results) {
  const versions = Object.assign({}, ...results.map((result) => result.versions));
  const used = Object.entries(versions).filter(([name]) => name !== 'ably-jwt');
  return `Run on ${results[0].date.slice(0, 10)}: ${results[0].runtime}. With ${used.map((pair) => pair.join(' ')).join(', ')}.`;
}

function section({ title, columns, rows, limits, notes = [] }) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const table = [
    line(columns),
    line(columns.map((_, i) => (i === 0 ? '---' : '---:'))),
    ...rows.map((row) => line(row)),
  ].join('\n');
  const list = limits.map((limit) => `- ${limitText(limit)}${limit.met ? '' : ', **not met** in this run'}`);
  return [`### ${title}`, table, ...notes, list.join('\n')].filter((part) => part !== '').join('\n\n');
}

/** Bars on a logarithmic scale: what one signature costs with each library. */
function draw(rows) {
  const width = 720;
  const [left, right, top, step] = [270, 90, 56, 34];
  const height = top + rows.length * step + 44;
  const smallest = 1;
  const decades = Math.ceil(Math.log10(Math.max(...rows.map(({ microseconds }) => microseconds)) / smallest));
  const x = (value) => left + ((width - left - right) * Math.log10(value / smallest)) / decades;
  const grid = Array.from({ length: decades + 1 }, (_, i) => smallest * 10 ** i).map(
    (value) =>
      `<line x1="${x(value)}" y1="${top - 8}" x2="${x(value)}" y2="${height - 34}" class="grid"/>` +
      `<text x="${x(value)}" y="${height - 16}" text-anchor="middle" class="small">${value} µs</text>`,
  );
  const bars = rows.map(({ name, microseconds }, i) => {
    const y = top + i * step;
    const kind = name === 'ably-jwt' ? 'ours' : name.startsWith('the floor') ? 'floor' : 'other';
    return (
      `<text x="${left - 10}" y="${y + 16}" text-anchor="end">${name}</text>` +
      `<rect x="${left}" y="${y}" width="${(x(microseconds) - left).toFixed(1)}" height="22" rx="3" class="${kind}"/>` +
      `<text x="${(x(microseconds) + 8).toFixed(1)}" y="${y + 16}">${short(microseconds)} µs</text>`
    );
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">
<title id="title">Time for one signature with each library, logarithmic scale</title>
<style>
  text { font: 14px system-ui, sans-serif; fill: #24292f }
  .small { font-size: 12px; fill: #57606a }
  .head { font-weight: 600 }
  .grid { stroke: #d0d7de }
  .ours { fill: #d9480f } .floor { fill: #adb5bd } .other { fill: #4c6ef5 }
</style>
<rect width="${width}" height="${height}" fill="#ffffff"/>
<text x="16" y="28" class="head">One signature (shorter is better, logarithmic scale)</text>
${[...grid, ...bars].join('\n')}
</svg>
`;
}
