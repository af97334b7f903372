import { type Call, currentValue } from './call.js';
import { type AuthCallbackError, failure, temporary } from './error.js';
import { aborted, busy, silent } from './messages.js';
import { toToken } from './recognize.js';
import { request } from './request.js';
import type { Token } from './token.js';

/** Gets a token, unless the time is over or the app's signal aborts first. Then it hangs up. */
export async function getToken(call: Call): Promise<Token> {
  const { signal, timeout = 8000 } = call.options;
  const left = call.wait.left();
  if (signal?.aborted) throw failure(call.answer, aborted);
  if (left > 0) throw failure(call.answer, busy(call.answer, left), temporary);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failure(call.answer, silent(timeout), temporary)), timeout);
    abort = () => reject(failure(call.answer, aborted));
    signal?.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([interrupted, askUntilAnswered(call)]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    call.ended = true;
    call.inFlight?.abort();
  }
}

/** Asks again after an answer that a new session or some patience may change. */
async function askUntilAnswered(call: Call): Promise<Token> {
  let { retries = 1, onUnauthorized } = call.options;
  for (;;) {
    try {
      return await ask(call);
    } catch (thrown) {
      const error = thrown as AuthCallbackError;
      if (error.status === 401 && onUnauthorized) {
        await refresh(onUnauthorized, error);
        onUnauthorized = undefined;
      } else if (error.statusCode === temporary && retries-- > 0 && !(call.wait.left() > 0)) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 500));
      } else {
        throw error;
      }
      if (call.ended) throw error;
    }
  }
}

async function ask(call: Call): Promise<Token> {
  const { source, tokenParams } = call;
  call.answer = { ...call.answer, status: undefined, contentType: undefined };
  const text =
    typeof source === 'function'
      ? await currentValue(call, async (params) => toText(await source(params)))
      : await request(call, source);
  return toToken(text, call.answer, tokenParams?.clientId);
}

/** What a function returned, as an endpoint would answer it. */
const toText = (value: unknown): string => (typeof value === 'string' ? value : `${JSON.stringify(value)}`);

/** Refreshes the session. If the app can't, the 401 stays. */
async function refresh(onUnauthorized: () => unknown, unauthorized: AuthCallbackError): Promise<void> {
  try {
    await onUnauthorized();
  } catch (cause) {
    throw Object.assign(unauthorized, { cause });
  }
}
