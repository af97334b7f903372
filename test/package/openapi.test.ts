import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { installed } from './packed.js';

/** As much of the validator as is used here. */
interface Validator {
  validate(document: object): Promise<{ valid: boolean; errors?: unknown }>;
  readonly version: string;
}

let Validator: new () => Validator;

beforeAll(async () => {
  const tools = await installed('test/package');
  const path = createRequire(`${tools}/package.json`).resolve('@seriousme/openapi-schema-validator');
  ({ Validator } = await import(pathToFileURL(path).href));
}, 120_000);

test('the description of the admin interface is a valid OpenAPI document', async () => {
  const text = await readFile(new URL('../../docs/openapi/sandbox-admin.json', import.meta.url), 'utf8');
  const validate = async (document: object) => {
    const validator = new Validator();
    const result = await validator.validate(document);
    return { ...result, version: validator.version };
  };

  expect(await validate(JSON.parse(text))).toEqual({ valid: true, version: '3.1' });
  // The same with something wrong in it, deep inside.
  const wrong = JSON.parse(text);
  wrong.paths['/admin/revoke'].post.requestBody.required = 'yes';
  expect(await validate(wrong)).toMatchObject({ valid: false });
});
