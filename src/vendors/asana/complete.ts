/** Putting right what a task of ours lacks. */
import type { Tracker } from '../tracker';
import type { Json } from './call';
import type { AsanaClient } from './client';
import { DETAIL_FIELDS, type Detail, type Details } from './details';
import type { Destinations } from './destinations';
import { asRecord, asText } from '../http/json';

type Parts = { client: AsanaClient; destinations: Destinations; details: Details };

const IGNORED = 'Asana took it and left it out';
const NOT_SHOWN = 'Asana does not show it';

/**
 * One read, then one idempotent call for each thing that is missing, each compared by its answer, or where that is empty by one
 * more read in the end. What is there stays, also where it is not what the rules want: a person may have chosen it.
 */
export function createEnsureDetails({ client, destinations, details }: Parts): Tracker['ensureDetails'] {
  return async (ref, spec, given) => {
    const at = { workspace: await destinations.workspace(spec.workspace), project: await destinations.project(spec) };
    const task = await client.task(ref.id, DETAIL_FIELDS);
    if (liesElsewhere(task, at.project)) return { given, missing: [] };
    const isOpen = ({ name }: { name: string }): boolean => !given.includes(name);
    const wanted = await details.wanted(spec, at);
    const why = new Map(wanted.unknown.filter(isOpen).map((one) => [one.name, one.why]));
    const unseen: Detail[] = [];
    for (const detail of wanted.details.filter(isOpen)) {
      const became = await putRight(detail, ref.id, task);
      if (became === 'unseen') unseen.push(detail);
      else if (became !== 'settled') why.set(detail.name, became.missing);
    }
    const now = unseen.length > 0 ? await client.task(ref.id, DETAIL_FIELDS) : task;
    for (const { name, standing } of unseen) if (standing(now) === 'missing') why.set(name, IGNORED);
    if (why.size > 0) details.forget(spec, at);
    const all = [...wanted.unknown, ...wanted.details];
    const names = all.map(({ name }) => name);
    const settled = names.filter((name) => !why.has(name));
    return {
      given: [...new Set([...given, ...settled])],
      missing: all.flatMap(({ name, shown = name }) =>
        why.has(name) ? [{ name: shown, why: why.get(name) ?? '' }] : [],
      ),
    };
  };

  /** `unseen`: it was added, and the answer does not say so. */
  async function putRight(
    { name, standing, add, isTheirs }: Detail,
    gid: string,
    task: Json,
  ): Promise<'settled' | 'unseen' | { missing: string }> {
    const before = standing(task);
    if (before === 'unknown') return { missing: NOT_SHOWN };
    if (before !== 'missing' || (await isTheirs?.(gid))) return 'settled';
    let answer: Json | undefined;
    let isAdded = false;
    const refused = await details.refusal(name, async () => {
      answer = await add(gid);
      isAdded = true;
    });
    if (!isAdded) return refused === undefined ? 'settled' : { missing: refused };
    const after = answer === undefined ? 'unknown' : standing(answer);
    if (after === 'missing') return { missing: IGNORED };
    return after === 'unknown' ? 'unseen' : 'settled';
  }
}

/** In other projects only: a person has moved it, and it is theirs now. */
function liesElsewhere({ memberships }: Json, project: string): boolean {
  const projects = Array.isArray(memberships)
    ? memberships.map((one) => asText(asRecord(asRecord(one)['project'])['gid']))
    : [];
  return projects.length > 0 && !projects.includes(project);
}
