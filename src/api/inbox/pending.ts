/**
 * What waits for one workflow: a single row, however many hints came. A hint only says "look again", so what must survive is: that
 * there was one, since when, how urgent, from which environments and installation, and the newest that it showed of its issue.
 *
 * Each part remembers the hint that it came with, by an id that grows (`seq`). So what has been sent can be taken out of a row that
 * has changed meanwhile, and what came in between stays: {@link rest}.
 */
import { isOfIssue, newestOf } from '../../core/issue/seed';
import { ASSIGNED, assignmentOf, type Assignment } from '../../core/issue/echo';
import type { Hint } from '../../core/issue/hint';
import type { IssueSnapshot } from '../../core/issue/snapshot';
import type { Instant, IssueRef } from '../../core/refs';

/** A hint without what it carries, and when it came among all. */
export type Said = Pick<Hint, 'delivery' | 'at' | 'what' | 'urgent'> & { seq: string };

/** `text`: the snapshot as JSON, which is not read again before it is sent. */
type Shown = Said & { readAt: Instant; text: string };

export type Pending = {
  ref: IssueRef;
  /** `seq` of its first arrival: its place in the order, and the name of this row among those of its workflow. */
  key: string;
  first: { delivery: string; at: Instant };
  /** Of its newest arrival. It changes with every hint. */
  seq: string;
  /** The newest hint of each kind, in the order of arrival. */
  kinds: Said[];
  environments: { name: string; seq: string }[];
  installation?: { uuid: string; seq: string };
  /** Newest snapshots, of the issue itself and of an event: each tells what the other does not. */
  issue?: Shown;
  event?: Shown;
  /** A body that came before, and nothing newer was shown since. */
  repeated?: Said & Required<Pick<Hint, 'repeated'>>;
  /** What every `issue.assigned` of this row says. Absent where two differ: which of them Sentry built last, a second does not tell. */
  assigned?: Assignment & { seq: string };
};

/** Of one issue; the record bounds its list likewise. */
export const ENVIRONMENTS_MAX = 20;
/** Sentry has six urgent kinds and some dozen others, of which one issue sees few. */
export const KINDS_MAX = 10;

/** The row with one more hint. `seq` is greater than that of every hint before. */
export function folded(row: Pending | undefined, hint: Hint, seq: string): Pending {
  const { delivery, at, what, urgent, environment, installation, seed, repeated } = hint;
  const said: Said = { delivery, at, what, urgent, seq };
  const base = row ?? { ref: hint.about.issue, key: seq, first: { delivery, at }, kinds: [], environments: [] };
  const others = base.kinds.filter((kind) => kind.what !== what || kind.urgent !== urgent);
  const next: Pending = { ...base, seq, kinds: [...fewer(others), said] };
  if (environment !== undefined)
    next.environments = [
      ...base.environments.filter(({ name }) => name !== environment).slice(1 - ENVIRONMENTS_MAX),
      { name: environment, seq },
    ];
  if (installation !== undefined) next.installation = { uuid: installation, seq };
  if (seed) show(next, seed, said);
  else if (repeated) next.repeated = { ...said, repeated };
  if (what === ASSIGNED) next.assigned = agreed(base, assignmentOf(hint), seq);
  return next;
}

function agreed(
  { kinds, assigned }: Pick<Pending, 'kinds' | 'assigned'>,
  now: Assignment | undefined,
  seq: string,
): Pending['assigned'] {
  if (!now) return undefined;
  const same = assigned?.assignee === now.assignee && assigned.status === now.status;
  return same || !kinds.some((kind) => kind.what === ASSIGNED) ? { ...now, seq } : undefined;
}

/** The assignment, where the row holds nothing else. */
export function onlyAssigned({ assigned, kinds, event, repeated }: Pending): Assignment | undefined {
  return !event && !repeated && kinds.every((kind) => kind.what === ASSIGNED) ? assigned : undefined;
}

/** Room for one more kind: of too many the oldest goes, and an urgent one last. */
function fewer(kinds: Said[]): Said[] {
  if (kinds.length < KINDS_MAX) return kinds;
  const oldest = kinds.find((kind) => !kind.urgent) ?? kinds[0];
  return kinds.filter((kind) => kind !== oldest);
}

/** Of two that were built in the same second the later to come is the newer one. Either kind is newer than a doubt. */
function show(row: Pending, seed: IssueSnapshot, said: Said): void {
  const of = isOfIssue(seed) ? 'issue' : 'event';
  const before = row[of];
  if (!before || seed.readAt >= before.readAt) row[of] = { ...said, readAt: seed.readAt, text: JSON.stringify(seed) };
  delete row.repeated;
}

/** What came after `upTo`; undefined when nothing did. It is a row of its own, whose first arrival is the oldest that is left. */
export function rest(row: Pending | undefined, upTo: string): Pending | undefined {
  if (!row || row.key > upTo) return row;
  const left = <T extends { seq: string }>(part: T | undefined): T | undefined =>
    part && part.seq > upTo ? part : undefined;
  const kinds = row.kinds.filter(left);
  const [first] = kinds;
  if (!first) return undefined;
  return compact({
    ...row,
    key: first.seq,
    first: { delivery: first.delivery, at: first.at },
    kinds,
    environments: row.environments.filter(left),
    installation: left(row.installation),
    issue: left(row.issue),
    event: left(row.event),
    repeated: left(row.repeated),
    assigned: left(row.assigned),
  });
}

export function isUrgent(row: Pending): boolean {
  return row.kinds.some((kind) => kind.urgent);
}

/**
 * As a signal carries it, oldest first: a hint for each kind. The snapshots go as one, with the hint that brought it, because the
 * workflow takes a change that shows what it knows for its own echo. Each hint takes along one environment, and the oldest is
 * repeated where there are more. So there are at most 20, of some 400 bytes, and a snapshot of 8 KiB.
 */
export function hintsOf({ ref, kinds, issue, event, repeated, environments, installation }: Pending): Hint[] {
  const seed = newestOf([issue, event].flatMap((shown) => (shown ? [JSON.parse(shown.text) as IssueSnapshot] : [])));
  const bringer = issue ?? event;
  const all: Said[] = [...kinds];
  for (const part of [bringer, repeated]) if (part && !all.some(({ seq }) => seq === part.seq)) all.push(part);
  all.sort((a, b) => (a.seq < b.seq ? -1 : 1));
  const [oldest] = all;
  const hints = all.map((said) => ({
    ...plain(said, ref),
    ...(seed && said.seq === bringer?.seq ? { seed } : {}),
    ...(said.seq === repeated?.seq ? { repeated: repeated.repeated } : {}),
  }));
  while (oldest && hints.length < environments.length) hints.unshift(plain(oldest, ref));
  for (const [i, { name }] of environments.toReversed().entries()) {
    const hint = hints.at(-1 - i);
    if (hint) hint.environment = name;
  }
  const newest = hints.at(-1);
  if (newest && installation) newest.installation = installation.uuid;
  return hints;
}

function plain({ delivery, at, what, urgent }: Said, issue: IssueRef): Hint {
  return { delivery, at, about: { issue }, what, urgent };
}

/** As it is stored: its snapshots are lines of their own, so that folding one more hint does not parse them. */
export function textOf({ issue, event, ...row }: Pending): string {
  const line = (shown: Shown | undefined): Omit<Shown, 'text'> | undefined => {
    if (!shown) return undefined;
    const { text: _text, ...said } = shown;
    return said;
  };
  return [JSON.stringify({ ...row, issue: line(issue), event: line(event) }), issue?.text, event?.text].join('\n');
}

export function pendingOf(text: string): Pending {
  const [row = '', issue = '', event = ''] = text.split('\n');
  const pending = JSON.parse(row) as Pending;
  if (pending.issue) pending.issue.text = issue;
  if (pending.event) pending.event.text = event;
  return pending;
}

function compact(row: Pending): Pending {
  return Object.fromEntries(Object.entries(row).filter(([, part]) => part !== undefined)) as Pending;
}
