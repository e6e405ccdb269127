/** Small builders for tests of the pure core. */
import { DEFAULT_SETTINGS } from '../../src/workflows/defaults';
import { plan } from '../../src/core/issue/plan';
import { initialRecord, reduce } from '../../src/core/issue/state';
import type { Decision, TaskSpec } from '../../src/core/issue/decision';
import type { Fact } from '../../src/core/issue/facts';
import type { Hint } from '../../src/core/issue/hint';
import type { IssueRecord } from '../../src/core/issue/record';
import type { Abilities } from '../../src/core/issue/settings';
import type { IssueSnapshot } from '../../src/core/issue/snapshot';
import type { Done, Effects, Step } from '../../src/core/issue/steps';
import type { Instant, IssueRef, TaskRef } from '../../src/core/refs';

export const REF: IssueRef = { source: 'sentry', scope: 'acme', id: '4711' };
export const T0: Instant = '2026-11-02T09:00:00.000Z';
export const CAN: Abilities = { write: true, source: true, installation: true, chat: true };

export function later(ms: number, from: Instant = T0): Instant {
  return new Date(Date.parse(from) + ms).toISOString();
}

export function hint(more: Partial<Hint> = {}): Hint {
  return { delivery: 'd1', at: T0, about: { issue: REF }, urgent: false, what: 'issue.created', ...more };
}

export function snapshot(more: Partial<IssueSnapshot> = {}): IssueSnapshot {
  return {
    ref: REF,
    shortId: 'SHOP-1A',
    title: 'Error: timeout',
    url: 'https://acme.sentry.io/issues/4711/',
    project: 'shop',
    level: 'error',
    status: 'unresolved',
    events: 3,
    users: 1,
    firstSeen: T0,
    lastSeen: T0,
    readAt: T0,
    via: 'api',
    environments: ['production'],
    tags: {},
    frames: [],
    assignee: null,
    owners: [],
    links: [],
    ...more,
  };
}

export const SPEC: TaskSpec = {
  tracker: 'asana',
  workspace: 'Acme',
  project: 'Errors',
  followers: [],
  tags: [],
  fields: {},
  subtasks: [],
  verify: true,
};

export function decision(assign: string | null, more: Partial<Decision> = {}): Decision {
  return { at: T0, rulesHash: 'h', rule: 'r', reasons: [], verdict: { assign, task: SPEC }, ...more };
}

export function fresh(): IssueRecord {
  return { ...initialRecord(REF, DEFAULT_SETTINGS, T0), can: CAN };
}

export function fold(record: IssueRecord, facts: Fact[], now: Instant = T0): IssueRecord {
  return facts.reduce((r, f) => reduce(r, f, now), record);
}

export const TASK: TaskRef = { tracker: 'asana', id: '900', url: 'https://app.asana.com/0/1/900' };

/**
 * The answer of a vendor that does all it is asked.
 * @param task what is otherwise about a task that is made or found
 */
export function succeed(step: Step, task: Partial<Effects['ensureTask'][1]> = {}): Done {
  switch (step.do) {
    case 'ensureTask': {
      const { assignee } = step.with;
      const got = { task: TASK, assignee, completed: false, made: true, incomplete: false, ...task };
      return { do: step.do, with: step.with, got };
    }
    case 'verifyTask':
      return { do: step.do, with: step.with, got: 'there' };
    case 'linkIssue':
      return {
        do: step.do,
        with: step.with,
        got: {
          ...(step.with.link ? { link: 'done' as const } : {}),
          ...(step.with.assignee === null ? {} : { assign: 'done' as const }),
        },
      };
    default:
      return { ...step, got: null };
  }
}

/** Performs whatever is owed until nothing is; returns the names of the steps in order. Throws when it does not settle. */
export function settle(record: IssueRecord, now: Instant = T0): { record: IssueRecord; did: string[] } {
  const did: string[] = [];
  let r = record;
  for (let step = plan(r, now)[0]; step; step = plan(r, now)[0]) {
    if (did.length > 40) throw new Error(`does not settle: ${did.join(' ')}`);
    did.push(step.do);
    r = reduce(r, { is: 'done', done: succeed(step) }, now);
  }
  return { record: r, did };
}

/** An open issue with its task, all settled. */
export function opened(assign: string | null = 'anna'): IssueRecord {
  const r = fold(fresh(), [
    { is: 'hinted', hint: hint() },
    { is: 'seen', issue: snapshot(), answers: 1 },
    { is: 'decided', decision: decision(assign) },
  ]);
  return settle(r).record;
}

/** Performs what is pending, up to the first step of this name, which is left. */
export function settleUntil(record: IssueRecord, stop: Step['do']): IssueRecord {
  let r = record;
  for (let s = plan(r, T0)[0]; s && s.do !== stop; s = plan(r, T0)[0])
    r = reduce(r, { is: 'done', done: succeed(s) }, T0);
  return r;
}
