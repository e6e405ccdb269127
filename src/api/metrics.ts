/** What is read for a scrape: the inbox, the dispatcher's counts, and of Temporal whether it is there and how many issues it has. */
import { atMostEvery, steady } from '../process/clock';
import { ATTRIBUTE, ISSUE_WORKFLOW } from '../contract';
import type { FollowedState, InboxState, IssueCounts, SignalCounts, TemporalState } from '../telemetry/metrics';
import type { TemporalClient } from '../temporal/client/client';
import type { DispatcherStats } from './dispatch/types';
import type { Inbox } from './inbox/types';

/** Scrapers ask every 15 s as a rule; visibility allows 10 calls a second, and a count makes seven. */
const CACHE_MS = 15_000;
/** For all counts together. With the second that `up` takes at most, well within the 10 s that Prometheus waits. */
const DEADLINE_MS = 2_000;

const FOLLOWED: readonly FollowedState[] = ['new', 'open', 'resolved', 'muted', 'skipped'];
const RUNNING = `WorkflowType = '${ISSUE_WORKFLOW}' AND ExecutionStatus = 'Running'`;

type TemporalCounts = Pick<TemporalClient, 'up' | 'count'> & {
  unhealthy: Pick<TemporalClient['unhealthy'], 'needing'>;
};

export function inboxState(inbox: Pick<Inbox, 'counts' | 'oldest'>): InboxState {
  const { waiting, dead, full } = inbox.counts();
  return { waiting, dead, full, oldest: inbox.oldest(1)[0]?.first.at ?? null };
}

export function signalCounts({ sent, failed, invalid }: DispatcherStats): SignalCounts {
  return { sent, invalid, paused: failed - invalid };
}

/** SQL visibility groups by ExecutionStatus only, so each state is a count of its own. */
function countQuery(state: FollowedState): string {
  const is = `${ATTRIBUTE.state.name} = '${state}'`;
  // A workflow that no worker has taken up yet has no attributes.
  return `${RUNNING} AND ${state === 'new' ? `(${is} OR ${ATTRIBUTE.state.name} IS NULL)` : is}`;
}

/** One after the other, so that a scrape is no burst. */
async function countIssues(temporal: TemporalCounts): Promise<IssueCounts> {
  const deadline = Date.now() + DEADLINE_MS;
  const states: IssueCounts['states'] = { new: 0, open: 0, resolved: 0, muted: 0, skipped: 0 };
  for (const state of FOLLOWED) states[state] = await temporal.count(countQuery(state), deadline);
  const attention = await temporal.unhealthy.needing(deadline);
  return { states, attention };
}

/** Asks Temporal at most every 15 s, however many scrape. The promise never rejects. */
export function watchTemporal(temporal: TemporalCounts, now: () => number = steady): () => Promise<TemporalState> {
  const look = async (): Promise<TemporalState> => {
    if (!(await temporal.up())) return { up: false };
    return { up: true, issues: await countIssues(temporal).catch(() => undefined) };
  };
  return atMostEvery(CACHE_MS, look, now);
}
