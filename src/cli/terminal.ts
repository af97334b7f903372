import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';
import { printable } from '../util/text.js';

type Format = Parameters<typeof styleText>[0];

/** Where a command writes to: standard output or standard error. */
export interface Output {
  /**
   * Writes one line, in one or several lines where it is too long for a terminal.
   *
   * @param indent - stands before the first of them
   * @param hanging - stands before the others; default: the same
   */
  line(text?: string, indent?: string, hanging?: string): void;
  /** Writes advice: a line with an arrow before it. */
  advice(text: string, indent?: string): void;
  /** Writes JSON, which says the same without acting on a terminal. */
  json(value: unknown, space?: number): void;
  /** Colors a text, where colors are wanted. */
  style(format: Format, text: string): string;
}

/** The result of a command. */
export const stdout = output(process.stdout);
/** What is said about it. */
export const stderr = output(process.stderr);

function output(stream: WriteStream): Output {
  const style: Output['style'] = (format, text) =>
    wantsColor(stream) ? styleText(format, text, { validateStream: false }) : text;
  const write = (text: string, first: string, others: string) => {
    // A pipe gets whole lines, so that programs find what they search for.
    const lines = stream.isTTY
      ? wrapped(text, stream.columns - others.length, stream.columns - bare(first).length)
      : [text];
    const indented = lines.map((line, n) => (line === '' ? '' : (n === 0 ? first : others) + line));
    stream.write(`${indented.join('\n')}\n`);
  };
  return {
    style,
    line: (text = '', indent = '', hanging = indent) => write(text, indent, hanging),
    json: (value, space) => {
      // JSON.stringify leaves some control characters as they are.
      const lines = JSON.stringify(value, null, space).split('\n');
      write(lines.map(printable).join('\n'), '', '');
    },
    advice: (text, indent = '') => write(text, `${indent}${style('cyan', '→')} `, `${indent}  `),
  };
}

function wantsColor(stream: WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0';
  return stream.isTTY && TERM !== 'dumb';
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: styles are control characters.
const styles = /\u001b\[\d+m/g;

const bare = (text: string) => text.replace(styles, '');

/** A text in lines of at most `width` characters, and the first of `firstWidth`. Words are left whole. */
export function wrapped(text: string, width: number, firstWidth = width): string[] {
  const [, lead = '', rest = ''] = /^( *)(.*)$/s.exec(text)!;
  const lines: string[] = [];
  let line = lead;
  let length = lead.length;
  for (const word of rest.split(' ')) {
    const wordLength = bare(word).length;
    const room = lines.length === 0 ? firstWidth : width;
    if (length > lead.length && length + wordLength + 1 > room) {
      lines.push(line);
      [line, length] = [lead + word, lead.length + wordLength];
    } else {
      const gap = line === lead ? '' : ' ';
      [line, length] = [line + gap + word, length + gap.length + wordLength];
    }
  }
  return [...lines, line];
}
