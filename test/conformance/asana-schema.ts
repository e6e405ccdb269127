import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Json = { [key: string]: unknown };
type Description = {
  paths: Record<string, Record<string, Record<string, Json>>>;
  components: { schemas: Record<string, Json> };
};

const description = JSON.parse(readFileSync(join(__dirname, 'asana-oas.json'), 'utf8')) as Description;

/** Refuses unknown keys of an object; everywhere inside, or on the record itself only. */
function closed(schema: unknown, deep: boolean): unknown {
  if (Array.isArray(schema)) return schema.map((item) => closed(item, deep));
  if (typeof schema !== 'object' || schema === null) return schema;
  const object = schema as Json;
  const out: Json = deep
    ? Object.fromEntries(
        Object.entries(object).map(([key, value]) => [
          key,
          key === 'properties' ? each(value as Json) : closed(value, deep),
        ]),
      )
    : { ...object };
  if (out.properties !== undefined && out.additionalProperties === undefined) out.additionalProperties = false;
  return out;
}

const each = (properties: Json): Json =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, closed(value, true)]));

/**
 * Asana's default answers may carry nothing that the description does not name, at any depth. Where fields were asked for, a
 * list holds whole records instead of compact ones and nested records may be whole as well.
 */
function schemaOf(operation: Json, chosen: boolean): Json {
  const components: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(description.components.schemas)) {
    const record = name.endsWith('Response');
    components[name] = chosen ? (record ? closed(schema, false) : schema) : closed(schema, true);
  }
  let text = JSON.stringify(operation);
  if (chosen) {
    text = text.replace(/"#\/components\/schemas\/(\w+)Compact"/g, (all, name: string) =>
      `${name}Response` in components ? `"#/components/schemas/${name}Response"` : all,
    );
  }
  return { ...(closed(JSON.parse(text), !chosen) as Json), components: { schemas: components } };
}

const cache = new Map<string, ValidateFunction>();

/** The operation of the description that a request is, by its method and path. */
export function operationOf(
  method: string,
  path: string,
): { template: string; responses: Record<string, Json> } | undefined {
  const parts = path.split('/');
  const fits = Object.keys(description.paths)
    .filter((template) => description.paths[template]?.[method.toLowerCase()] !== undefined)
    .filter((template) => {
      const wanted = template.split('/');
      return (
        wanted.length === parts.length && wanted.every((part, index) => part.startsWith('{') || part === parts[index])
      );
    })
    .sort((a, b) => a.split('{').length - b.split('{').length);
  const [template] = fits;
  const responses = template === undefined ? undefined : description.paths[template]?.[method.toLowerCase()];
  return template === undefined || responses === undefined ? undefined : { template, responses };
}

/** What is wrong with an answer, by Asana's description; empty when nothing is. */
export function faultsOf(method: string, path: string, status: number, body: unknown, chosen: boolean): string[] {
  const operation = operationOf(method, path);
  if (operation === undefined && status < 400) return [`the description has no ${method} ${path}`];
  const schema = status >= 400 ? { $ref: '#/components/schemas/ErrorResponse' } : operation?.responses[String(status)];
  if (schema === undefined) return [`${method} ${path}: status ${status} is not described`];
  const key = status >= 400 ? 'error' : `${method} ${operation?.template ?? ''} ${status} ${chosen}`;
  let validate = cache.get(key);
  if (validate === undefined) {
    const ajv = new Ajv({ strict: true, strictTypes: false, allowUnionTypes: true, allErrors: true });
    addFormats(ajv);
    ajv.addKeyword('components');
    validate = ajv.compile(schemaOf(schema, chosen));
    cache.set(key, validate);
  }
  if (status >= 400 && !hasErrors(body)) return [`${method} ${path}: no errors in the body of a ${status}`];
  if (status < 400 && !hasData(body)) return [`${method} ${path}: no data in the body`];
  if (validate(body)) return [];
  return (validate.errors ?? []).map(
    (error) => `${method} ${path}: ${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
  );
}

const hasErrors = (body: unknown): boolean =>
  Array.isArray((body as Json | null)?.errors) &&
  ((body as Json).errors as Json[]).every((error) => typeof error.message === 'string');
const hasData = (body: unknown): boolean =>
  typeof (body as Json | null)?.data === 'object' && (body as Json).data !== null;
