/** Which snapshot counts. The newest that webhooks carried is all that is known where Sentry cannot be read. */
import type { IssueSnapshot } from './snapshot';
import type { IssueView } from './row';

/**
 * Sentry keeps no order: the newest is the one that it built last, whichever came last; of two of the same second the later
 * to come. An event tells neither status, counts, first occurrence, short id nor assignee of its issue: they stay as they
 * were told. It opens an issue that was resolved, as in Sentry, but not one that is archived.
 */
export function newestSeed(known: IssueSnapshot | undefined, seed: IssueSnapshot): IssueSnapshot {
  if (!known) return seed;
  if (seed.readAt < known.readAt) return known;
  if (isOfIssue(seed) || !isOfIssue(known)) return seed;
  const { shortId, category, status, substatus, events, users, firstSeen, assignee, assigneeOther, owners } = known;
  const told = { shortId, category, events, users, firstSeen, assignee, assigneeOther, owners };
  const project = seed.project || known.project;
  return { ...seed, ...told, project, ...(status === 'archived' ? { status, substatus } : {}) };
}

/** Of the issue itself; only these have a short id. */
export function isOfIssue({ shortId }: Pick<IssueSnapshot, 'shortId'>): boolean {
  return shortId !== undefined;
}

/** All that several say together, in the order in which they came. */
export function newestOf(seeds: IssueSnapshot[]): IssueSnapshot | undefined {
  return seeds
    .toSorted((a, b) => Date.parse(a.readAt) - Date.parse(b.readAt))
    .reduce<IssueSnapshot | undefined>(newestSeed, undefined);
}

/** Says nothing that is not known: a read of Sentry came after this webhook. */
export function isOld(issue: IssueSnapshot, seen: IssueSnapshot | undefined): boolean {
  if (!seen || issue.via !== 'webhook') return false;
  return seen.via === 'webhook' ? issue.readAt < seen.readAt : issue.readAt <= seen.readAt;
}

/** What Sentry did not give this time stays as it was: its event's tags and frames, and its links. */
export function keepLacking(issue: IssueSnapshot, before: IssueSnapshot | undefined): IssueSnapshot {
  if (!issue.lacks || !before) return issue;
  const { tags, frames, links, release } = before;
  const empty = Object.keys(issue.tags).length === 0 && issue.frames.length === 0;
  return {
    ...issue,
    ...(empty ? { tags, frames } : {}),
    ...(issue.links.length === 0 ? { links } : {}),
    ...(issue.release === undefined && release !== undefined ? { release } : {}),
  };
}

/** Of a merged issue Sentry shows the survivor, whose name is not its own. */
export function ownOf(issue: IssueSnapshot, before?: IssueSnapshot, earlier?: IssueView): IssueSnapshot {
  const { mergedInto, readAt } = issue;
  if (!mergedInto) return issue;
  if (before) return { ...before, status: 'gone', mergedInto, readAt };
  return { ...issue, shortId: earlier?.shortId ?? undefined, title: earlier?.title ?? issue.title };
}
