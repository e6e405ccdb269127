/** What is said of an open issue that goes on happening: at the cadence, and when it spreads. */
import type { Instant } from '../refs';
import type { IssueRecord } from './record';
import type { IssueSnapshot } from './snapshot';
import { NEWS_EVERY, repeatsReached } from './cadence';
import { since } from '../time';
import { addNote } from './story';

/** Deployments of a year; older releases are forgotten, and would be said once more. */
const RELEASES_MAX = 50;

/**
 * Owes at most one comment for a read: the count that was reached, and what is new.
 * @param speaks the issue was open with its task before this read and still is; otherwise it is only remembered
 */
export function repeated(r: IssueRecord, issue: IssueSnapshot, speaks: boolean, now: Instant): void {
  const reached = repeatsReached(r.settings.commentAt, issue.events ?? 0);
  const counted = reached > r.repeatsSaid;
  if (counted) r.repeatsSaid = reached;
  const fresh = news(r, issue, speaks, now);
  if (!speaks || (!counted && !fresh)) return;
  const key = counted ? `x${reached}` : `news-${r.announced?.count ?? 0}`;
  const { events, users } = issue;
  const counts = { ...(events === null ? {} : { events }), ...(users === null ? {} : { users }) };
  addNote(r, 'task', { key, say: 'repeated', facts: { ...counts, ...fresh } }, now);
}

/**
 * What no read showed before: a release, environments, an escalation. Kept back, and so still new, while the last news is
 * less than {@link NEWS_EVERY} old.
 */
function news(
  r: IssueRecord,
  { release, substatus }: IssueSnapshot,
  speaks: boolean,
  now: Instant,
): Record<string, string | number> | undefined {
  const { announced } = r;
  const escalating = substatus === 'escalating';
  if (!escalating) announced.escalating = false;
  if (speaks && announced.at && since(announced.at, now) < NEWS_EVERY) return undefined;
  const facts: Record<string, string | number> = {};
  if (release !== undefined && !announced.releases.includes(release)) facts.release = release;
  const environments = r.environments.filter((e) => !announced.environments.includes(e));
  if (environments.length > 0) facts.environment = environments.join(', ');
  if (escalating && !announced.escalating) facts.escalating = 1;
  if (Object.keys(facts).length === 0) return undefined;
  announced.releases = [...announced.releases, ...(facts.release === undefined ? [] : [String(facts.release)])].slice(
    -RELEASES_MAX,
  );
  announced.environments = r.environments;
  announced.escalating = escalating;
  if (!speaks) return undefined;
  announced.count += 1;
  announced.at = now;
  return facts;
}
