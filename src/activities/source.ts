/** The source of an issue: one read or one write each. */
import { Context } from '@temporalio/activity';
import type { Reads } from '../core/issue/activities';
import type { Proposal } from '../core/issue/decision';
import { decodeDestination } from '../core/issue/destination';
import type { Abilities } from '../core/issue/settings';
import type { IssueSnapshot } from '../core/issue/snapshot';
import type { Effects } from '../core/issue/steps';
import type { Instant, IssueRef, PersonKey } from '../core/refs';
import { ErrandError } from '../errors';
import { codeOf, titleOf } from '../core/vendor';
import type { Source } from '../vendors/source';
import { sourceOf, type Deps } from './deps';
import { applyRules } from '../rules/assign';
import type { Rules } from '../rules/load';
import { looksAtTag } from '../rules/tags';
import { maskTags } from '../text/named';
import { coded, signal } from './failure';
import { Halves } from './halves';
import { nameOf, withName } from './names';

/**
 * An event that a server lost, or links that it cannot list, may fail for one issue for ever. The rules look at the event, so
 * it is waited for; when it has failed in two attempts, the issue goes on without it. Only its own failures count, which the
 * attempts tell each other in their heartbeats: after an outage of all of Sentry every issue is in a later attempt.
 */
const PATIENT_FAILURES = 2;

/**
 * The issue is looked at before it is assigned, should a person have chosen somebody. A new one was read a second or two ago as a
 * rule, which saves the look: whoever is chosen within that time sends a webhook, and a read that is pending comes first.
 */
export const FRESH_MS = 3_000;

/**
 * Reads only, so it is safe to repeat. Without a token the newest snapshot that a webhook carried is all there is. A known
 * issue is missing only while its project can be read.
 */
export function readIssue(deps: Deps): Reads['readIssue'] {
  const { sources, installation, can: abilities, rules } = deps;
  return coded(async ({ ref, seed, environments, known, decides }) => {
    const now = rules();
    const can = abilities(ref.source);
    const source = sources[ref.source];
    const here = { can, settings: now.settings };
    const proposed = (issue: IssueSnapshot) =>
      decides && issue.status === 'unresolved' ? proposalFor(now, issue, can) : undefined;
    // The answer stands in the history. A tag that a rule matches on is needed in clear: rules are applied later, and again.
    const kept = (it: IssueSnapshot): IssueSnapshot =>
      withName(deps, { ...it, tags: maskTags(it.tags, (tag) => looksAtTag(now, tag)) });
    if (!source) {
      if (seed) {
        const issue = kept({ ...seed, environments: [...new Set([...environments, ...seed.environments])] });
        return { ...here, issue, proposal: proposed(issue) };
      }
      // It was read once, when there was a token: that it cannot be read now does not mean that it is gone.
      return { ...here, issue: known ? 'unread' : 'missing' };
    }
    const { heartbeatDetails } = Context.current().info as { heartbeatDetails: unknown };
    const failures = typeof heartbeatDetails === 'number' ? heartbeatDetails : 0;
    const issue = await source.readIssue(ref, environments, {
      signal: signal(),
      spare: failures >= PATIENT_FAILURES,
      project: known?.project,
      extraFailed: () => Context.current().heartbeat(failures + 1),
    });
    if (issue === 'missing' && known) await source.checkProject(known.project, { signal: signal() });
    const uuid = await installation();
    if (issue === 'missing') return { ...here, issue, installation: uuid };
    const shown = kept(issue);
    return { ...here, issue: shown, proposal: proposed(shown), installation: uuid };
  });
}

/** Saves the activity of its own. What keeps the rules from being applied is no failure of the read: applyRules, asked then, tells it. */
function proposalFor(
  rules: Rules,
  issue: IssueSnapshot,
  can: Abilities,
): Omit<Proposal, 'can' | 'settings'> | undefined {
  try {
    const { can: _can, settings: _settings, ...proposal } = applyRules(rules, issue, can, new Date().toISOString());
    return proposal;
  } catch {
    return undefined;
  }
}

/**
 * The external issue is an upsert keyed on issue and app, the assignee is a state: repeating either changes nothing. Neither waits
 * for the other, and a definite refusal of one is an outcome, not a failure. What may pass is left to another attempt: as a
 * failure when nothing else was done, so that Temporal repeats it; otherwise by leaving it out, and it is asked for alone.
 */
export function linkIssue(deps: Deps): (i: Effects['linkIssue'][0]) => Promise<Effects['linkIssue'][1]> {
  const { installation: known, rules } = deps;
  return coded(async ({ ref, task, destination, link, assignee, was, readAt, installation }) => {
    const source = sourceOf(deps, ref);
    const halves = new Halves<'link' | 'assign'>();
    let taken = false;
    const uuid = (await known()) ?? installation;
    if (link) {
      await halves.attempt('link', async () => {
        await source.linkIssue(
          { ref, task, project: decodeDestination(destination).project || task.tracker, installation: uuid },
          { signal: signal() },
        );
      });
    }
    if (assignee !== null) {
      const person = rules().people[assignee];
      const who = person?.[ref.source] ?? person?.[task.tracker];
      await halves.attempt('assign', async () => {
        if (who === undefined)
          throw new ErrandError(
            'unknown_person',
            `${nameOf(deps, assignee) ?? assignee} has no address for ${titleOf(ref.source)}.`,
          );
        if (!isFresh(readAt)) {
          taken = isTaken(await lookBefore(source, ref), was, assignee);
        }
        if (!taken) await source.assign(ref, who, { signal: signal() });
      });
    }
    halves.settle();
    return taken ? { ...halves.outcomes, assign: 'taken' } : halves.outcomes;
  });
}

/**
 * A change of a merged issue would be made to its survivor (models/group.py, get_group_with_redirect), which nobody asked for.
 * @throws ErrandError `…_issue_not_found`
 */
async function lookBefore(source: Source, ref: IssueRef): Promise<IssueSnapshot> {
  const now = await source.lookAt(ref, { signal: signal() });
  if (now === 'missing') throw new ErrandError(codeOf(ref.source, 'issue_not_found'), `Issue ${ref.id}: 404.`);
  const into = now.mergedInto;
  if (into) throw new ErrandError(codeOf(ref.source, 'issue_not_found'), `Issue ${ref.id} was merged into ${into.id}.`);
  return now;
}

/** Clocks of workers may differ: what was read ahead of this one's is of an unknown age. */
function isFresh(readAt: Instant): boolean {
  const age = Date.now() - Date.parse(readAt);
  return age >= 0 && age < FRESH_MS;
}

/** A person gave it to somebody since it was read; Sentry has no write that would notice that by itself. */
function isTaken(now: IssueSnapshot, was: PersonKey | null, wanted: PersonKey): boolean {
  if (now.assigneeOther === 'unknown') return true;
  return now.assignee !== null && now.assignee !== was && now.assignee !== wanted;
}

/** The same issue may ask twice: it is counted once. @throws ErrandError `…_many_gone` */
export function countGone({ countGone: count }: Deps): (i: Effects['countGone'][0]) => Promise<null> {
  return coded(async ({ ref, project }) => {
    const request = { issue: ref.id, project };
    if (await count(ref.scope, request)) return null;
    throw new ErrandError(
      codeOf(ref.source, 'many_gone'),
      `More than ten of ${project || 'an unknown project'} within an hour.`,
    );
  });
}

/** `status: resolved` is a state: setting it twice changes nothing. */
export function resolveIssue(deps: Deps): (i: Effects['resolveIssue'][0]) => Promise<null> {
  return coded(async ({ ref }) => {
    const source = sourceOf(deps, ref);
    await lookBefore(source, ref);
    await source.resolve(ref, { signal: signal() });
    return null;
  });
}

/** A hint only asks to look again: repeating it changes nothing. */
export function hintIssue({ sendHints }: Deps): (i: Effects['hintIssue'][0]) => Promise<null> {
  return coded(async ({ ref, hint }) => {
    await sendHints(ref, [hint]);
    return null;
  });
}
