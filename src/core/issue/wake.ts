/** When to look at a record again: pure functions of it. */
import type { Instant } from '../refs';
import type { IssueRecord } from './record';
import { SKIPPED_LOOK_EVERY } from './cadence';
import { plus } from '../time';
import { namedOf } from './named';
import { stepWords } from './words';

/** Is some deadline in the past that `elapsed` would act on? */
export function isDue(r: IssueRecord, now: Instant): boolean {
  const { look, gone, decideAgain, unmute, finish } = r.due;
  return [look, gone, decideAgain, unmute, finish].some((d) => d !== undefined && d <= now);
}

/**
 * The next instant at which something may become pending, and what, in words for the Web UI; future instants only, or an
 * idle workflow would spin.
 */
export function nextWake(r: IssueRecord, now: Instant): { at: Instant; why: string } | undefined {
  const { look, gone, decideAgain, unmute, finish, verify } = r.due;
  const wakes: [Instant | undefined, string][] = [
    [look, 'until the issue is read again'],
    [gone, 'until the deletion is checked again'],
    [decideAgain, 'until it is decided again'],
    [unmute, 'until the mute ends'],
    [finish, 'until it ends, unless something happens'],
    [verify, 'until the task is verified'],
    ...r.attention
      .filter((a) => a.step !== 'believe')
      .map((a): [Instant, string] => [a.again, `until the next attempt to ${stepWords(a.step, namedOf(r))}`]),
  ];
  if (r.state === 'skipped' && r.seen && r.heard > r.answered)
    wakes.push([plus(r.seen.readAt, SKIPPED_LOOK_EVERY), 'until a skipped issue may be read again']);
  const future = wakes.flatMap(([at, why]) => (at !== undefined && at > now ? [{ at, why }] : []));
  return future.sort((a, b) => (a.at < b.at ? -1 : 1))[0];
}
