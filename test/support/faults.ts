import { verifyAblyJwt } from 'ably-jwt';
import { expect } from 'vitest';
import { errorOf, said } from './errors.js';
import { goodHeader, goodPayload, issuedAt, key, rawJwt, secret } from './tokens.js';

/** A token and what Ably answers to it: our code, Ably's code and HTTP status, and what a person reads. */
export type Fault = [name: string, jwt: unknown, code: string, numbers: `${number}/${number}`, words: RegExp];

export const verify = (jwt: unknown, keys: unknown = key) =>
  verifyAblyJwt(jwt as string, keys as string, { currentDate: issuedAt });

export async function expectFault(...[, jwt, code, numbers, words]: Fault): Promise<void> {
  const error = await errorOf(() => verify(jwt));
  expect(error.code).toBe(code);
  expect(`${error.ablyCode}/${error.statusCode}`).toBe(numbers);
  expect(error.href).toBe(`https://help.ably.io/error/${error.ablyCode}`);
  expect(said(error)).toMatch(words);
  expect(JSON.stringify([error.message, error])).not.toContain(secret);
}

/** A signed token with changes to a good one; undefined takes a member away. */
export const withHeader = (changes: object) => rawJwt({ header: { ...goodHeader, ...changes } });
export const withPayload = (changes: object) => rawJwt({ payload: { ...goodPayload, ...changes } });
