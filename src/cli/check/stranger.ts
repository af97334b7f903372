import { quoted } from '../../util/text.js';
import type { Reported } from '../findings.js';
import { contentType, isObject, isPage, parsed } from './answer.js';
import type { Answer, Silence } from './request.js';
import { finding } from './rules.js';

/** The findings about no answer at all. */
export function judgeSilence({ silence, cause }: Silence): Reported[] {
  return silence === 'timeout'
    ? [finding('TIMEOUT', 'There was no answer within 10 s.')]
    : [finding('UNREACHABLE', `There was no answer (${cause}).`)];
}

/**
 * Findings about an answer that brought no token.
 *
 * @param who - who asked, such as "without a session"
 */
export function judgeRefusal(who: string, answer: Answer): Reported[] {
  const { status } = answer;
  const found = `The answer ${who} has the status ${status}`;
  if (status >= 300 && status < 400) return [finding('REDIRECT', `${found}, a redirect.`)];
  if (isPage(answer)) return [finding('HTML_PAGE', `${found} and is an HTML page.`)];
  if (status === 404) return [finding('URL_NOT_FOUND', `${found}.`)];
  if (status >= 500) return [finding('SERVER_ERROR', `${found}.`)];
  if (status < 300) return [finding('STATUS_OK', `${found} and contains no token.`)];
  return [
    ...(status === 403 ? [] : [finding('STATUS_RETRIED', `${found}.`)]),
    ...judgeErrorBody(who, answer),
  ];
}

/** What Ably's clients make of the body of an error; their Node build is the strictest. */
function judgeErrorBody(who: string, answer: Answer): Reported[] {
  const { type, bare } = contentType(answer);
  const value = parsed(answer.body);
  const isJson = type === 'application/json';
  if (isJson && value === undefined)
    return [finding('ERROR_INCOMPLETE', `The error ${who} is sent as JSON but is not valid JSON.`)];
  const error = isJson && isObject(value) ? value.error : undefined;
  if (error === undefined) return [finding('ERROR_FORM', `The error ${who} is not in Ably's form.`)];
  const missing = missingMembers(error);
  if (missing !== undefined && bare) return [finding('ERROR_INCOMPLETE', `The error ${who} ${missing}.`)];
  if (missing !== undefined) return [finding('ERROR_FORM', `The error ${who} ${missing}.`)];
  const { statusCode } = error as { statusCode: number };
  return [
    ...(statusCode === answer.status
      ? []
      : [
          finding(
            'ERROR_INCOMPLETE',
            `The error ${who} has the statusCode ${statusCode} in its body and the status ${answer.status}.`,
          ),
        ]),
    ...(bare ? [] : [finding('ERROR_CHARSET', `The error ${who} is sent as ${quoted(header(answer))}.`)]),
  ];
}

function missingMembers(error: unknown): string | undefined {
  if (!isObject(error)) return 'has a string as its "error" instead of an object';
  const wanted = { code: 'number', statusCode: 'number', message: 'string' };
  const missing = Object.entries(wanted).filter(([name, type]) => typeof error[name] !== type);
  return missing.length === 0 ? undefined : `lacks ${missing.map(([name]) => `"${name}"`).join(', ')}`;
}

const header = ({ headers }: Answer) => headers.get('content-type') ?? '';
