/**
 * Time-outs and retries of every activity of an issue, in one table. There is no `scheduleToClose`: waiting behind a rate limit is
 * not a failure. Durations in milliseconds.
 */
import { proxyActivities } from '@temporalio/workflow';
import { QUEUE, type Activities } from '../contract';
import type { Alarms } from '../core/alerts/record';
import type { FeedReads } from '../core/feed/activities';
import type { Settings } from '../core/issue/settings';
import type { StormWork } from '../core/storm/record';

const SECOND = 1_000;

type Row = { queue: string; startToClose: number; retry: 'vendor' | 'chat' | 'availability' | 'own' };

/**
 * `startToClose` bounds one attempt, and so how long a killed worker holds a step up. A single HTTP call has 10 s, a page of the members
 * too, and waits up to 5 s for its turn; pages of issues, which have 45 s, are read by the feed alone. readIssue makes three calls one after
 * the other at most: the issue, its extras side by side, and the members, the project or the issue that it was merged into. linkIssue makes
 * three, too: the link, the members, the assignee. More than a hundred members are several pages, which are quick or fail the attempt.
 * completeTask makes three, too, and more where the comments of a task are several pages: the state, the comments, the comment.
 * ensureTask may page through a project before it writes, and never writes later than 20 s after it began, so 60 s leave no write in flight
 * when the next attempt looks.
 */
const TABLE: Record<Exclude<keyof Activities, keyof FeedReads | keyof StormWork | 'lookAround' | keyof Alarms>, Row> = {
  readIssue: { queue: QUEUE.source, startToClose: 45 * SECOND, retry: 'vendor' },
  linkIssue: { queue: QUEUE.source, startToClose: 45 * SECOND, retry: 'vendor' },
  resolveIssue: { queue: QUEUE.source, startToClose: 30 * SECOND, retry: 'vendor' },
  countGone: { queue: QUEUE.main, startToClose: 10 * SECOND, retry: 'own' },
  hintIssue: { queue: QUEUE.main, startToClose: 10 * SECOND, retry: 'own' },
  ensureTask: { queue: QUEUE.tracker, startToClose: 60 * SECOND, retry: 'vendor' },
  findTask: { queue: QUEUE.tracker, startToClose: 60 * SECOND, retry: 'vendor' },
  ensureDetails: { queue: QUEUE.tracker, startToClose: 60 * SECOND, retry: 'vendor' },
  ensureSubtasks: { queue: QUEUE.tracker, startToClose: 60 * SECOND, retry: 'vendor' },
  verifyTask: { queue: QUEUE.tracker, startToClose: 30 * SECOND, retry: 'vendor' },
  assignTask: { queue: QUEUE.tracker, startToClose: 30 * SECOND, retry: 'vendor' },
  completeTask: { queue: QUEUE.tracker, startToClose: 60 * SECOND, retry: 'vendor' },
  comment: { queue: QUEUE.tracker, startToClose: 30 * SECOND, retry: 'vendor' },
  checkAvailability: { queue: QUEUE.other, startToClose: 10 * SECOND, retry: 'availability' },
  tell: { queue: QUEUE.other, startToClose: 20 * SECOND, retry: 'chat' },
  selectAssignee: { queue: QUEUE.main, startToClose: 20 * SECOND, retry: 'own' },
  applyRules: { queue: QUEUE.main, startToClose: 5 * SECOND, retry: 'own' },
  findPerson: { queue: QUEUE.main, startToClose: 5 * SECOND, retry: 'own' },
};

/** Pauses while availability is asked for: doubling from 2 s to this. */
const AVAILABILITY_PAUSE_MAX = 10 * SECOND;
const CHAT_ATTEMPTS = 3;

/** How many attempts fit into `wait` when each fails at once: 2, 4, 8, 10, 10 … s apart. */
function attemptsWithin(wait: number, first: number): number {
  let attempts = 1;
  let spent = 0;
  for (let pause = first; spent + pause <= wait; pause = Math.min(pause * 2, AVAILABILITY_PAUSE_MAX)) {
    spent += pause;
    attempts += 1;
  }
  return attempts;
}

function retryOf(kind: Row['retry'], s: Settings) {
  switch (kind) {
    case 'vendor':
      return {
        maximumAttempts: s.retry.attempts,
        initialInterval: s.retry.first,
        backoffCoefficient: 2,
        maximumInterval: s.retry.max,
      };
    case 'chat':
      return {
        maximumAttempts: Math.min(CHAT_ATTEMPTS, s.retry.attempts),
        initialInterval: s.retry.first,
        backoffCoefficient: 2,
        maximumInterval: s.retry.max,
      };
    case 'availability': {
      const first = Math.max(100, Math.min(s.retry.first, s.availability.wait));
      return {
        maximumAttempts: attemptsWithin(s.availability.wait, first),
        initialInterval: first,
        backoffCoefficient: 2,
        maximumInterval: Math.max(first, AVAILABILITY_PAUSE_MAX),
      };
    }
    case 'own':
      return {
        maximumAttempts: s.retry.attempts,
        initialInterval: SECOND,
        backoffCoefficient: 2,
        maximumInterval: 30 * SECOND,
      };
  }
}

/** @param summary one line for the Web UI, 200 bytes at most */
export function activity<K extends keyof typeof TABLE>(name: K, settings: Settings, summary: string): Activities[K] {
  const row = TABLE[name];
  const proxies = proxyActivities<Activities>({
    taskQueue: row.queue,
    startToCloseTimeout: row.startToClose,
    retry: retryOf(row.retry, settings),
    summary,
  });
  return proxies[name];
}
