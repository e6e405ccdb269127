/** What a hint changes by itself. All else is learnt by the read that it asks for. */
import type { Instant, TaskRef } from '../refs';
import type { Hint } from './hint';
import type { IssueRecord } from './record';
import type { IssueSnapshot } from './snapshot';
import { adopt } from './adopt';
import { doubt, undoubted } from './doubt';
import { isEcho } from './echo';
import { newestSeed } from './seed';
import { sourceOf } from './named';
import { heard, say } from './story';

/** Counts it, so that a read follows, unless it tells of our own write. */
export function hinted(r: IssueRecord, hint: Hint, now: Instant): void {
  // The worker's clock may be ahead, and no question may be put off by it.
  if (hint.unlisted) r.unlisted = hint.at < now ? hint.at : now;
  if (hint.unlisted === 'answered') return;
  const echo = isEcho(r, hint);
  if (!echo) r.heard += 1;
  // It would have to wait for its hour if it is skipped, and its counts have changed.
  if (hint.what.startsWith('merged ')) r.look = true;
  if (hint.environment) addEnvironments(r, [hint.environment]);
  if (hint.installation) r.installation = hint.installation;
  if (hint.task) adopt(r, hint.task, now);
  if (hint.missed) missed(r, hint.missed, now);
  if (hint.seed) believed(r, hint.seed);
  if (hint.repeated) doubt(r, hint.repeated, now);
  if (!echo) say(r, heard(hint.what, sourceOf(r)), now);
}

function believed(r: IssueRecord, seed: IssueSnapshot): void {
  const newest = newestSeed(r.seed, seed);
  if (newest !== r.seed) undoubted(r);
  r.seed = newest;
}

/** Its task is looked for now. The hint may be about the task before this one, and a first look that is still pending comes at its own time. */
function missed(r: IssueRecord, task: TaskRef, now: Instant): void {
  if (r.state !== 'open' || r.task?.id !== task.id || r.due.verify !== undefined) return;
  r.due.verify = now;
  // Only a first look makes a missing task again, and the rules may have wanted none.
  r.verified = true;
}

/** Any value that was seen counts for the rules. */
export function addEnvironments(r: IssueRecord, more: string[]): void {
  for (const e of more) if (!r.environments.includes(e)) r.environments.push(e);
}
