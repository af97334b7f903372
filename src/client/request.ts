import { isTemporary, oneLine, redact } from './answer.js';
import { type Call, currentValue } from './call.js';
import { failure, failureFrom } from './error.js';
import { parseJson, read } from './read.js';
import { maxLength } from './recognize.js';

/**
 * Asks the endpoint once.
 *
 * @returns the text that it answers, up to a little more than 128 KiB of it
 * @throws AuthCallbackError for every status above 299, and if there is no answer
 */
export async function request(call: Call, source: string | URL): Promise<string> {
  // One for each request, and aborted only while that is in flight: later, Node's fetch would destroy a body without
  // a listener, which ends the process.
  const controller = new AbortController();
  call.inFlight = controller;
  try {
    const init = await createInit(call, source);
    const text = await send(call, source, { ...init, signal: controller.signal });
    if (call.answer.status! < 300) return text;
    throw failureFrom(call.answer, (parseJson(text) as { error?: unknown } | undefined)?.error);
  } finally {
    call.inFlight = undefined;
  }
}

/** What to send. A request that can't be made is a final error, in words of ours: a runtime's repeat the value of a header. */
async function createInit(call: Call, source: string | URL): Promise<RequestInit> {
  const given = await currentValue(call, call.options.headers);
  let body = await currentValue(call, call.options.body);
  const method = (await currentValue(call, call.options.method)) ?? 'GET';
  let refusal = '"headers" has a name or value that HTTP does not allow.';
  try {
    const headers = new Headers(given);
    headers.append('accept', 'application/json,text/plain'); // no HTML, so frameworks answer 401 and not a login page
    refusal = 'The value of "body" is not JSON.';
    if (body && typeof body === 'object' && !('append' in body)) {
      headers.set('content-type', 'application/json');
      body = JSON.stringify(body);
    }
    refusal = `createAuthCallback needs an absolute URL without a password here, found "${call.answer.url}".`;
    new Request(source);
    const name = /^\w+$/.test(method) ? `A ${method}` : 'This';
    refusal = `${name} request can't be made${body === undefined ? '' : ' with a body'}. Set "method" to "POST".`;
    const { credentials } = call.options;
    const init = { method, headers, body, credentials, redirect: 'manual' } as RequestInit;
    // A Request without `cache` refuses the option too, as Workers of before November 2024 do.
    const { cache } = new Request(source, init);
    return { ...init, ...(cache && { cache: 'no-store' }) };
  } catch {
    throw failure(call.answer, refusal);
  }
}

/** Sends a request and reads the answer. */
async function send(call: Call, source: string | URL, init: RequestInit): Promise<string> {
  try {
    const response = await (call.options.fetch ?? fetch)(source, init);
    const status = response.status || 302; // 0 where a browser hides a redirect
    const contentType = oneLine(response.headers?.get('content-type'));
    call.answer = { ...call.answer, status, contentType };
    if (status > 299 && isTemporary(status)) call.wait.start(response.headers?.get('retry-after'));
    return await readText(response);
  } catch (thrown) {
    const error = failureFrom(call.answer, thrown);
    // Runtimes repeat the whole URL (Deno, Bun), or what came instead of an answer (Node).
    if (error.url !== `${source}` || read(thrown, 'string', 'cause', 'data')) {
      const message = read(thrown, 'string', 'cause', 'message') ?? read(thrown, 'string', 'message');
      error.cause = Error(redact(`${message}`));
    }
    throw error;
  }
}

/** Reads until the text is too long for a token. Without a stream, as on React Native, it reads everything. */
async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return response.text();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let size = 0; size <= maxLength; ) {
    const { value } = await reader.read();
    if (!value) break;
    parts.push(value);
    size += value.length;
  }
  await reader.cancel();
  const read = new Blob(parts);
  return (await read.text()).padEnd(read.size); // as long as its bytes
}
