import { readFileSync } from 'node:fs';

/** A JSON schema, as far as docs/openapi/sandbox-admin.json uses it. */
interface Schema {
  readonly $ref?: string;
  readonly type?: 'string' | 'integer' | 'boolean' | 'array' | 'object';
  readonly format?: 'date-time';
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | Schema;
  readonly oneOf?: readonly Schema[];
  readonly description?: string;
}

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

/** The description of the admin interface. */
export const openapi = JSON.parse(
  readFileSync(new URL('../../../docs/openapi/sandbox-admin.json', import.meta.url), 'utf8'),
) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

const known = new Set(
  '$ref type format enum minimum minItems items properties required additionalProperties oneOf description'.split(
    ' ',
  ),
);

/** Why a value doesn't fit a schema: paths with reasons, or nothing. */
export function misfits(schema: Schema, value: unknown, at = '$'): string[] {
  const unknown = Object.keys(schema).filter((keyword) => !known.has(keyword));
  if (unknown.length > 0) throw new Error(`The check of schemas knows no ${unknown.join(', ')}.`);
  if (schema.$ref !== undefined) return misfits(named(schema.$ref), value, at);
  if (schema.oneOf !== undefined) {
    const fitting = schema.oneOf.filter((option) => misfits(option, value, at).length === 0);
    return fitting.length === 1 ? [] : [`${at} fits ${fitting.length} of the alternatives`];
  }
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${at} is ${JSON.stringify(value)}, which is not listed`];
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') return [`${at} is no string`];
      return schema.format === 'date-time' && new Date(value).toJSON() !== value ? [`${at} is no time`] : [];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${at} is no boolean`];
    case 'integer':
      if (!Number.isInteger(value)) return [`${at} is no whole number`];
      return (value as number) < (schema.minimum ?? Number.NEGATIVE_INFINITY) ? [`${at} is too small`] : [];
    case 'array':
      if (!Array.isArray(value)) return [`${at} is no list`];
      if (value.length < (schema.minItems ?? 0)) return [`${at} is too short`];
      return value.flatMap((item, index) => misfits(schema.items!, item, `${at}[${index}]`));
    case 'object':
      return objectMisfits(schema, value, at);
    default:
      throw new Error(`The schema at ${at} has no type.`);
  }
}

function objectMisfits(schema: Schema, value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is no object`];
  const missing = (schema.required ?? []).filter((name) => !(name in value));
  return [
    ...missing.map((name) => `${at}.${name} is missing`),
    ...Object.entries(value).flatMap(([name, member]) => {
      const described = schema.properties?.[name] ?? schema.additionalProperties;
      if (described === false) return [`${at}.${name} is not described`];
      return described === undefined ? [] : misfits(described, member, `${at}.${name}`);
    }),
  ];
}

function named(reference: string): Schema {
  const schema = openapi.components.schemas[reference.replace('#/components/schemas/', '')];
  if (schema === undefined) throw new Error(`There is no ${reference}.`);
  return schema;
}
