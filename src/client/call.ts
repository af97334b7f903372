import type { Answer } from './answer.js';
import { failureFrom } from './error.js';
import type { AuthCallbackOptions, AuthCallbackSource } from './options.js';
import type { TokenParams } from './token.js';
import type { Wait } from './wait.js';

/** One call of an `authCallback`, from Ably's client asking for a token to its being called back. */
export interface Call {
  readonly source: AuthCallbackSource;
  readonly options: AuthCallbackOptions;
  readonly tokenParams: TokenParams;
  /** Shared by all calls of the `authCallback`. */
  readonly wait: Wait;
  answer: Answer;
  /** Of the request that is in flight, if there is one. */
  inFlight: AbortController | undefined;
  /** Whether the client has been called back, or is about to be: then nothing more is asked. */
  ended: boolean;
}

/** A value, or what the app's function for it returns. An error of that function decides by its status what comes next. */
export async function currentValue<Value>(
  call: Call,
  value: Value | ((tokenParams: TokenParams) => Value | Promise<Value>),
): Promise<Value> {
  try {
    return typeof value === 'function'
      ? await (value as (tokenParams: TokenParams) => Value)(call.tokenParams)
      : (value as Value);
  } catch (thrown) {
    throw failureFrom(call.answer, thrown, true);
  }
}
