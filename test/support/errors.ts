import { type AblyJwtError, isAblyJwtError } from 'ably-jwt';

/** The AblyJwtError that an action throws or rejects with. Everything else fails the test. */
export async function errorOf(action: () => unknown): Promise<AblyJwtError> {
  try {
    await action();
  } catch (error) {
    if (isAblyJwtError(error)) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}

/** What a person reads. */
export const said = (error: AblyJwtError) => `${error.message} ${error.hint ?? ''}`;
