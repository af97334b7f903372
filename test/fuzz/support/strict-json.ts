/** JSON as RFC 8259 has it, and no more: what parsers take besides is undefined here. Slow, and easy to believe. */
export type Json = null | boolean | number | string | Json[] | Map<string, Json>;

const maxDepth = 100;

/**
 * Reads a JSON text.
 *
 * @returns undefined for anything but plain JSON in which no name occurs twice, no number is infinite, no text has half a
 *   character, and nothing is nested more than 100 levels deep
 */
export function readStrictJson(text: string): Json | undefined {
  let at = 0;
  const fail = (): never => {
    throw new SyntaxError(`at ${at}`);
  };
  const space = () => {
    while (' \t\n\r'.includes(text[at] ?? 'x')) at += 1;
  };
  const take = (piece: string) => {
    if (!text.startsWith(piece, at)) fail();
    at += piece.length;
  };

  function value(depth: number): Json {
    const first = text[at];
    if (first === '{' || first === '[') {
      if (depth > maxDepth) fail();
      return first === '{' ? object(depth) : list(depth);
    }
    if (first === '"') return string();
    for (const [word, meaning] of [
      ['null', null],
      ['true', true],
      ['false', false],
    ] as const) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    }
    return number();
  }

  function members(open: string, close: string, member: () => void): void {
    take(open);
    space();
    if (text[at] !== close) {
      for (;;) {
        space();
        member();
        space();
        if (text[at] === close) break;
        take(',');
      }
    }
    take(close);
  }

  function object(depth: number): Json {
    const found = new Map<string, Json>();
    members('{', '}', () => {
      const name = string();
      if (found.has(name)) fail();
      space();
      take(':');
      space();
      found.set(name, value(depth + 1));
    });
    return found;
  }

  function list(depth: number): Json {
    const found: Json[] = [];
    members('[', ']', () => found.push(value(depth + 1)));
    return found;
  }

  function string(): string {
    take('"');
    let result = '';
    for (;;) {
      const char = text[at] ?? fail();
      at += 1;
      if (char === '"') break;
      if (char < ' ') fail();
      result += char === '\\' ? escaped() : char;
    }
    for (const character of result) if (/^[\ud800-\udfff]$/.test(character)) fail();
    return result;
  }

  function escaped(): string {
    const char = text[at] ?? fail();
    at += 1;
    if (char !== 'u') {
      const simple = '"\\/\b\f\n\r\t'['"\\/bfnrt'.indexOf(char)];
      return '"\\/bfnrt'.includes(char) ? simple! : fail();
    }
    const digits = text.slice(at, at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) fail();
    at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  function number(): number {
    const digits =
      /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/.exec(text.slice(at, at + 1000))?.[0] ?? fail();
    at += digits.length;
    const found = Number(digits);
    return Number.isFinite(found) ? found : fail();
  }

  try {
    space();
    const found = value(1);
    space();
    return at === text.length ? found : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
