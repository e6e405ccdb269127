/** Follows one issue and prints each new line of its timeline. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IssueDetail } from '../core/issue/view';
import { Exit, type CliContext } from './context';

const POLL_MS = 250;
/** A story takes some seconds; a killed worker's activity up to a minute. */
const PATIENCE_MS = 90_000;
/** The first line comes within a second or two. */
const SILENT_MS = 5_000;
/** What arrives in the same moment is told in the same breath: quiet for this long means that it has settled. */
const QUIET_POLLS = 6;

export function isAtRest(issue: IssueDetail): boolean {
  return issue.attention.length > 0 || (issue.state !== 'new' && !issue.next.startsWith('Now:'));
}

/**
 * @param from ms since 1970; what happened before is not told
 * @param until when the story is over; it is also over after `patienceMs`
 * @returns the issue as it was last seen; undefined when it never appeared
 */
export async function follow(
  ctx: CliContext,
  id: string,
  from: number,
  say: (line: string) => void,
  until: (issue: IssueDetail) => boolean,
  patienceMs = PATIENCE_MS,
): Promise<IssueDetail | undefined> {
  const told = new Set<string>();
  let last: IssueDetail | undefined;
  let quiet = 0;
  const begin = Date.now();
  let warned = false;
  const end = Date.now() + patienceMs;
  while (Date.now() < end && quiet < QUIET_POLLS) {
    last = (await look(ctx, id)) ?? last;
    const news = (last?.timeline ?? []).filter((t) => !told.has(`${t.at}${t.what}`) && Date.parse(t.at) >= from);
    for (const t of news) {
      told.add(`${t.at}${t.what}`);
      say(`  ${hop(t.what).padEnd(9)} ${t.what}`);
    }
    if (told.size === 0 && !warned && Date.now() - begin > SILENT_MS) {
      warned = true;
      say(
        `  nothing yet; it waits up to ${Math.round(patienceMs / 1_000)} s for a worker, which \`errand up\` starts again by itself`,
      );
    }
    quiet = last && until(last) && told.size > 0 && news.length === 0 ? quiet + 1 : 0;
    await sleep(POLL_MS);
  }
  return last;
}

/** Which part of the journey a line of the timeline belongs to. */
function hop(what: string): string {
  if (what.startsWith('Sentry sent')) return 'workflow';
  if (what.startsWith('read in Sentry')) return 'sentry';
  if (what.startsWith('rule ') || what.startsWith('skipped')) return 'rules';
  if (what.includes('Asana') || what.includes('subtasks')) return 'asana';
  if (what.includes('Sentry')) return 'sentry';
  return 'issue';
}

/** The issue as it is now; undefined while it is not known or cannot be asked for. */
export async function look(ctx: CliContext, id: string): Promise<IssueDetail | undefined> {
  try {
    return await ctx.ask<IssueDetail>(`/issues/${encodeURIComponent(id)}`);
  } catch (e) {
    if (e instanceof Exit) return undefined;
    throw e;
  }
}
