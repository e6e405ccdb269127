import { optionFields } from './errors';
import { Ref } from './ref';
import { type Resource, resource } from './views';
import type { Call } from '../serve';
import type { World } from '../world';

type Tree = { [name: string]: Tree };

/** The paths of `opt_fields`: one comma-separated value; a repeated parameter is tolerated. Undefined when none were asked for. */
export function wantedFields(call: Call): Tree | undefined {
  const names = [...call.query.getAll('opt_fields'), ...optionFields(call)]
    .flatMap((value) => value.split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) return undefined;
  const tree: Tree = {};
  for (const name of names) {
    let node = tree;
    for (const part of name.split('.')) node = node[part] ??= {};
  }
  return tree;
}

/** One record with the default fields of a single answer, or with exactly the wanted ones. */
export function renderFull(world: World, ref: Ref, wanted: Tree | undefined): unknown {
  const found = resource(world, ref);
  return wanted === undefined ? pickAll(world, found, found.full) : pick(world, found, wanted);
}

/** One record of a list: compact, or with exactly the wanted fields. */
export function renderCompact(world: World, ref: Ref, wanted: Tree | undefined): unknown {
  const found = resource(world, ref);
  return wanted === undefined ? pickAll(world, found, found.compact) : pick(world, found, wanted);
}

/** The fields by name, with everything nested in its compact form. */
function pickAll(world: World, found: Resource, names: readonly string[]): unknown {
  return Object.fromEntries(names.map((name) => [name, shrink(world, found.fields[name]?.())]));
}

function shrink(world: World, value: unknown): unknown {
  if (value instanceof Ref) {
    const found = resource(world, value);
    return pickAll(world, found, found.compact);
  }
  if (Array.isArray(value)) return value.map((item) => shrink(world, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, shrink(world, child)]));
}

/** `gid` and the wanted fields, nothing else; unknown names are passed over. */
function pick(world: World, found: Resource, wanted: Tree): unknown {
  const out: Record<string, unknown> = { gid: found.fields.gid?.() };
  for (const [name, children] of Object.entries(wanted)) {
    const field = found.fields[name];
    if (field !== undefined) out[name] = project(world, field(), children);
  }
  return out;
}

/** A nested resource without named children shows its gid and type only; a nested plain object shows nothing but its named children. */
function project(world: World, value: unknown, wanted: Tree): unknown {
  if (Array.isArray(value)) return value.map((item) => project(world, item, wanted));
  if (value instanceof Ref) {
    const found = resource(world, value);
    if (Object.keys(wanted).length > 0) return pick(world, found, wanted);
    return found.whole === true
      ? pickAll(world, found, found.compact)
      : pickAll(world, found, ['gid', 'resource_type']);
  }
  if (typeof value !== 'object' || value === null) return value;
  const own = 'gid' in value;
  if (own && Object.keys(wanted).length === 0) return value;
  const entries = Object.entries(value).filter(([name]) => name in wanted || (own && name === 'gid'));
  return Object.fromEntries(entries.map(([name, child]) => [name, project(world, child, wanted[name] ?? {})]));
}
