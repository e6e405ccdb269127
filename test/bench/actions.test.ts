/** What a history costs, event by event: the published figures stand on this count. */
import type { History } from '@temporalio/common/lib/proto-utils';
import { actionsOf, isForAnIssue, total, whereTheyGo } from '../../bench/actions';

type Event = NonNullable<History['events']>[number];

/** A history of these events, numbered from 1. */
function cost(...events: Event[]): Record<string, number> {
  const numbered = events.map((event, index) => ({ ...event, eventId: index + 1 }) as unknown as Event);
  return Object.fromEntries(actionsOf({ events: numbered }).map(({ what, count }) => [what, count]));
}

const started: Event = { workflowExecutionStartedEventAttributes: {} };
const taskScheduled: Event = { workflowTaskScheduledEventAttributes: {} };
const signal = (signalName: string): Event => ({ workflowExecutionSignaledEventAttributes: { signalName } });
const scheduled = (name: string): Event => ({ activityTaskScheduledEventAttributes: { activityType: { name } } });
const attempt = (scheduledEventId: number, n: number): Event => ({
  activityTaskStartedEventAttributes: { scheduledEventId: scheduledEventId as never, attempt: n },
});
const marker = (markerName: string, task: number): Event => ({
  markerRecordedEventAttributes: { markerName, workflowTaskCompletedEventId: task as never },
});
const upsert = (...names: string[]): Event => ({
  upsertWorkflowSearchAttributesEventAttributes: {
    searchAttributes: { indexedFields: Object.fromEntries(names.map((name) => [name, {}])) },
  },
});

test('a signal with its start is one action, a later signal one more', () => {
  expect(cost(started, signal('hints'), taskScheduled)).toEqual({ start: 1 });
  expect(cost(started, signal('hints'), taskScheduled, signal('mute'))).toEqual({ start: 1, 'signal mute': 1 });
  expect(cost(started, taskScheduled, signal('hints'))).toEqual({ start: 1, 'signal hints': 1 });
});

test('a continued run is an action of its own', () => {
  expect(cost({ workflowExecutionStartedEventAttributes: { continuedExecutionRunId: 'before' } })).toEqual({
    'continue-as-new': 1,
  });
});

test('an activity is one action, and each of its retries', () => {
  expect(cost(started, scheduled('tell'), attempt(2, 1))).toEqual({ start: 1, 'activity tell': 1 });
  expect(cost(started, scheduled('tell'), attempt(2, 4))).toEqual({ start: 1, 'activity tell': 1, 'retry of tell': 3 });
});

test('a timer and an accepted update are actions, workflow tasks and memo are not', () => {
  expect(
    cost(
      { timerStartedEventAttributes: {} },
      { timerCanceledEventAttributes: {} },
      { workflowExecutionUpdateAcceptedEventAttributes: { acceptedRequest: { input: { name: 'takeTurn' } } } },
      { workflowPropertiesModifiedEventAttributes: {} },
      taskScheduled,
    ),
  ).toEqual({ timer: 1, 'update takeTurn': 1 });
});

test('search attributes cost one call, however many they are; the SDK’s own one is free', () => {
  expect(cost(upsert('IssueState', 'Project'))).toEqual({ 'search attributes': 1 });
  expect(cost(upsert('TemporalChangeVersion'))).toEqual({});
});

test('local activities are one action for all of a workflow task; versioning markers are none', () => {
  const local = 'local activities of a workflow task';
  const counted = actionsOf({
    events: [marker('core_local_activity', 4), marker('core_local_activity', 4), marker('core_local_activity', 9)],
  });
  expect(counted.map(({ what }) => what)).toEqual([local, local]);
  expect(cost(marker('core_patch', 4))).toEqual({});
});

test('the sum, and where it goes per issue', () => {
  const actions = ['start', 'timer', 'timer'].map((what) => ({ workflow: 'sentry:acme:1', what, count: 2 }));
  expect(total(actions)).toBe(6);
  expect(whereTheyGo(actions, 2)).toBe('start 1, timer 2');
});

test('what looks after a whole organisation is not charged to an issue', () => {
  const ids = ['sentry:acme:1', 'rotation:web', 'storm:acme:shop', 'feed:sentry:acme', 'alerts:acme'];
  expect(ids.filter(isForAnIssue)).toEqual(['sentry:acme:1', 'rotation:web', 'storm:acme:shop']);
});
