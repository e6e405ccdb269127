import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/**
 * Makes `asana-oas.json` out of Asana's published OpenAPI description: the operations that pretend Asana serves, their
 * successful answers and the error answer, nothing else. Usage: `npx tsx test/conformance/trim-asana-oas.ts <asana_oas.yaml>`.
 */
const OPERATIONS: readonly string[] = [
  'get /custom_fields/{custom_field_gid}',
  'get /projects',
  'get /projects/{project_gid}',
  'get /projects/{project_gid}/custom_field_settings',
  'get /projects/{project_gid}/sections',
  'get /projects/{project_gid}/tasks',
  'get /sections/{section_gid}',
  'get /sections/{section_gid}/tasks',
  'get /stories/{story_gid}',
  'get /tags',
  'get /tags/{tag_gid}',
  'get /tags/{tag_gid}/tasks',
  'get /tasks',
  'get /tasks/{task_gid}',
  'get /tasks/{task_gid}/projects',
  'get /tasks/{task_gid}/stories',
  'get /tasks/{task_gid}/subtasks',
  'get /tasks/{task_gid}/tags',
  'get /users',
  'get /users/{user_gid}',
  'get /workspaces',
  'get /workspaces/{workspace_gid}',
  'get /workspaces/{workspace_gid}/custom_fields',
  'get /workspaces/{workspace_gid}/projects',
  'get /workspaces/{workspace_gid}/tags',
  'get /workspaces/{workspace_gid}/tasks/search',
  'get /workspaces/{workspace_gid}/users',
  'get /workspaces/{workspace_gid}/users/{user_gid}',
  'post /projects/{project_gid}/sections',
  'post /sections/{section_gid}/addTask',
  'post /tags',
  'post /tasks',
  'post /tasks/{task_gid}/addFollowers',
  'post /tasks/{task_gid}/addProject',
  'post /tasks/{task_gid}/addTag',
  'post /tasks/{task_gid}/removeFollowers',
  'post /tasks/{task_gid}/removeProject',
  'post /tasks/{task_gid}/removeTag',
  'post /tasks/{task_gid}/setParent',
  'post /tasks/{task_gid}/stories',
  'post /tasks/{task_gid}/subtasks',
  'post /workspaces/{workspace_gid}/tags',
  'put /stories/{story_gid}',
  'put /tasks/{task_gid}',
  'delete /stories/{story_gid}',
  'delete /tasks/{task_gid}',
];

type Json = { [key: string]: unknown };
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const KEEP = new Set(
  'type format enum items required oneOf anyOf allOf minimum maximum minLength maxLength pattern additionalProperties $ref nullable'.split(
    ' ',
  ),
);
const MERGEABLE = new Set(['type', 'properties', 'required', 'nullable']);

/** Keeps of a schema what validation looks at. */
function clean(schema: unknown, all: Json): Json {
  if (!isObject(schema)) return {};
  const out: Json = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'properties' && isObject(value)) {
      out.properties = Object.fromEntries(Object.entries(value).map(([name, child]) => [name, clean(child, all)]));
    } else if (key === 'items' || (key === 'additionalProperties' && isObject(value))) out[key] = clean(value, all);
    else if ((key === 'oneOf' || key === 'anyOf' || key === 'allOf') && Array.isArray(value))
      out[key] = value.map((child) => clean(child, all));
    else if (KEEP.has(key)) out[key] = value;
  }
  return nullAsType(Array.isArray(out.allOf) ? merge(out, all) : out);
}

/** One flat object instead of an `allOf` of objects, so that unknown keys can be refused. */
function merge(schema: Json, all: Json): Json {
  const parts = (schema.allOf as Json[]).map((part) => resolve(part, all));
  const { allOf: _allOf, ...rest } = schema;
  const own = Object.keys(rest).length > 0 ? [...parts, rest] : parts;
  const nullable = own.some(
    (part) => part.nullable === true || (Array.isArray(part.type) && part.type.includes('null')),
  );
  if (!own.every((part) => Object.keys(part).every((key) => MERGEABLE.has(key)))) return schema;
  return {
    type: nullable ? ['object', 'null'] : 'object',
    properties: Object.assign({}, ...own.map((part) => part.properties ?? {})) as Json,
  };
}

function resolve(part: Json, all: Json): Json {
  if (typeof part.$ref !== 'string') return part;
  return resolve(clean(all[part.$ref.replace('#/components/schemas/', '')], all), all);
}

/** OpenAPI 3.0 says `nullable: true` where JSON Schema says `type: [..., 'null']`. */
function nullAsType(schema: Json): Json {
  const { nullable, ...rest } = schema;
  if (nullable !== true) return rest;
  if (Array.isArray(rest.enum)) rest.enum = [...new Set([...(rest.enum as unknown[]), null])];
  if (typeof rest.type === 'string') return { ...rest, type: [rest.type, 'null'] };
  if (Object.keys(rest).length === 0) return { nullable: true };
  return { anyOf: [rest, { type: 'null' }] };
}

function references(value: unknown, into: Set<string>): Set<string> {
  if (Array.isArray(value)) for (const item of value) references(item, into);
  else if (isObject(value))
    for (const [key, item] of Object.entries(value)) {
      if (key === '$ref' && typeof item === 'string') into.add(item.replace('#/components/schemas/', ''));
      else references(item, into);
    }
  return into;
}

/** Trims a whole description. */
export function trim(description: Json): Json {
  const all = (description.components as Json).schemas as Json;
  const shared = (description.components as Json).responses as Json;
  const paths: Json = {};
  for (const operation of OPERATIONS) {
    const [method = '', path = ''] = operation.split(' ');
    const found = ((description.paths as Json)[path] as Json)[method] as Json;
    const responses: Json = {};
    for (const [status, answer] of Object.entries(found.responses as Json)) {
      if (!status.startsWith('2')) continue;
      const content = (answer as Json).content as Json;
      responses[status] = clean((content['application/json'] as Json).schema, all);
    }
    paths[path] = { ...(paths[path] as Json | undefined), [method]: responses };
  }
  const schemas: Json = { ErrorResponse: clean(all.ErrorResponse, all) };
  if (!isObject(shared.BadRequest)) throw new Error('the description has no shared error answer');
  const queue = [...references(paths, new Set()), ...references(schemas, new Set())];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (name in schemas && name !== 'ErrorResponse') continue;
    schemas[name] = clean(all[name], all);
    for (const next of references(schemas[name], new Set())) if (!(next in schemas)) queue.push(next);
  }
  const info = description.info as Json;
  return {
    title: info.title,
    version: info.version,
    licence: (info.license as Json).name,
    paths,
    components: { schemas },
  };
}

const source = process.argv[2];
if (source !== undefined && require.main === module) {
  const trimmed = trim(parse(readFileSync(source, 'utf8'), { merge: true }) as Json);
  writeFileSync(join(__dirname, 'asana-oas.json'), `${JSON.stringify(trimmed, null, 1)}\n`);
}
