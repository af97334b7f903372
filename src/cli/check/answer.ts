import { findJwt } from '../../util/credentials.js';
import { quoted } from '../../util/text.js';
import type { Reported } from '../findings.js';
import type { Answer } from './request.js';
import { finding } from './rules.js';

/** What an endpoint gave to its caller, in one of the forms that Ably's clients know. */
export type Given =
  | { readonly kind: 'token'; readonly text: string; readonly details?: JsonObject }
  | { readonly kind: 'request'; readonly text: string; readonly details: JsonObject };

export type JsonObject = Readonly<Record<string, unknown>>;

/** What was found in an answer, and what is wrong with its form. */
export interface Reading {
  readonly given?: Given;
  readonly findings: readonly Reported[];
}

/** The type and its parameters: what stands in front of the first semicolon, and whether something follows. */
export function contentType({ headers }: Answer): { type: string; bare: boolean } {
  const header = headers.get('content-type') ?? '';
  const [type = ''] = header.split(';');
  return { type: type.trim().toLowerCase(), bare: !header.includes(';') };
}

/** Whether it is a page for people. */
export function isPage(answer: Answer): boolean {
  return contentType(answer).type === 'text/html' || /^\s*<(!doctype|html|head|body)\b/i.test(answer.body);
}

/** Reads what a 200 brought, as Ably's clients read it, and as well as it can be read where they can't. */
export function readAnswer(answer: Answer): Reading {
  const { type } = contentType(answer);
  const { body } = answer;
  if (isPage(answer)) return { findings: [finding('HTML_PAGE', 'The answer is an HTML page.')] };
  if (answer.cut) return { findings: [finding('ANSWER_TOO_LARGE', 'The answer has more than 128 KiB.')] };
  if (body.trim() === '') return { findings: [finding('TOKEN_MISSING', 'The answer is empty.')] };
  const typed = typeFindings(type);
  const reading = type === 'application/json' ? readJson(body) : readText(body);
  return { ...reading, findings: [...typed, ...reading.findings] };
}

function typeFindings(type: string): Reported[] {
  if (['application/jwt', 'text/plain', 'application/json'].includes(type)) return [];
  const found = type === '' ? 'There is no Content-Type.' : `The Content-Type is ${quoted(type)}.`;
  return [finding('CONTENT_TYPE', found)];
}

function readJson(body: string): Reading {
  const value = parsed(body);
  if (value === undefined) {
    const text = findJwt(body);
    return text === undefined
      ? { findings: [finding('TOKEN_MISSING', 'The answer is sent as JSON but is not valid JSON.')] }
      : {
          given: { kind: 'token', text },
          findings: [finding('TOKEN_AS_JSON', 'A bare token is sent as JSON.')],
        };
  }
  if (typeof value === 'string') {
    return {
      given: { kind: 'token', text: value },
      findings: [finding('TOKEN_JSON_STRING', 'The token is a string in JSON.')],
    };
  }
  return readObject(value);
}

function readText(body: string): Reading {
  const value = parsed(body);
  if (typeof value === 'string') {
    return {
      given: { kind: 'token', text: value },
      findings: [finding('TOKEN_QUOTED', 'The token is in quotes.')],
    };
  }
  if (typeof value === 'object' && value !== null) {
    const { given } = readObject(value);
    return {
      ...(given && { given }),
      findings: [finding('JSON_AS_TEXT', 'The answer is JSON that is sent as text.')],
    };
  }
  // White space and "Bearer" are for explain to name.
  return { given: { kind: 'token', text: body }, findings: [] };
}

function readObject(value: unknown): Reading {
  const object: JsonObject = isObject(value) ? value : {};
  if (typeof object.mac === 'string' && typeof object.keyName === 'string') {
    return {
      given: { kind: 'request', text: object.mac, details: object },
      findings: [
        finding(
          'TOKEN_REQUEST',
          'The answer is a TokenRequest, which each client exchanges for a token at Ably.',
        ),
      ],
    };
  }
  if (typeof object.token === 'string' && 'issued' in object)
    return { given: { kind: 'token', text: object.token, details: object }, findings: [] };
  const text = findJwt(JSON.stringify(value));
  const names = Object.keys(object).map(quoted);
  const found = `The answer is JSON ${names.length === 0 ? 'without a token' : `with ${names.slice(0, 8).join(', ')}`}`;
  if (text === undefined) return { findings: [finding('TOKEN_MISSING', `${found}, and contains no token.`)] };
  return {
    given: { kind: 'token', text },
    findings: [finding('TOKEN_WRAPPED', `${found}; the token is inside.`)],
  };
}

/** The value of a JSON text; undefined for any other text. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
