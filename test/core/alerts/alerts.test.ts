/** What needs a person, compared with what was told of it. */
import { vendorOf } from '../../../src/activities/whose';
import { alertsIdOf, feedIdOf, refOf, rotationIdOf } from '../../../src/contract';
import {
  addIssue,
  addTrouble,
  detailsOfAlerts,
  initialAlerts,
  knownCauses,
  looked,
  pendingAlarms,
  reported,
  announced,
} from '../../../src/core/alerts/alerts';
import { silentAfter } from '../../../src/core/feed/feed';
import type { AlertsRecord, Look, Trouble } from '../../../src/core/alerts/record';
import type { SweepReport } from '../../../src/core/feed/activities';
import type { StepName } from '../../../src/core/issue/steps';
import type { IssueView } from '../../../src/core/issue/row';

const T0 = Date.parse('2026-11-22T10:00:00.000Z');
const MINUTE = 60_000;
const at = (minutes: number): string => new Date(T0 + minutes * MINUTE).toISOString();
const trouble = (count = 1, more: Partial<Trouble> = {}): Trouble => ({
  vendor: 'Asana',
  code: 'asana_unauthorized',
  count,
  since: at(0),
  some: [{ id: 'sentry:acme:1', name: 'SHOP-1', url: null }],
  ...more,
});
const look = (minutes: number, troubles: Trouble[], can = { chat: true, report: true }): Look => ({
  at: at(minutes),
  troubles,
  more: false,
  every: MINUTE,
  can,
});
const ROW = { shortId: null, attention: [] } as unknown as IssueView;
const MESSAGE = { channel: 'C1', ts: '1.1' };

test('an issue counts once for a cause, whatever the steps that failed by it, and from the first of them', () => {
  const failed = ['ensureTask', 'comment', 'linkIssue'].map((step, n) => ({
    step: step as StepName,
    code: n < 2 ? 'asana_unauthorized' : 'sentry_unauthorized',
    since: at(2 - n),
    tries: 1,
  }));
  const all = new Map<string, Trouble>();
  for (const id of ['a', 'b']) addIssue(all, { ...ROW, id, attention: failed }, null, vendorOf);
  expect([...all.values()].map(({ vendor, count, since, some }) => [vendor, count, since, some.length])).toEqual([
    ['Asana', 2, at(1), 2],
    ['Sentry', 2, at(0), 2],
  ]);
});

/** A look after which everybody who is owed something is told. @returns what they were told, and the record */
function turn(record: AlertsRecord, next: Look): { record: AlertsRecord; said: string[] } {
  let after = looked(record, next);
  const { message, report } = pendingAlarms(after);
  const said: string[] = [];
  for (const alert of report) {
    said.push(`report ${alert.code} ${alert.over === undefined ? 'opened' : 'over'}`);
    after = reported(after, alert);
  }
  for (const alert of message) {
    said.push(`${alert.message ? 'edit' : 'post'} ${alert.code} ${alert.over === undefined ? alert.count : 'over'}`);
    after = announced(after, alert, alert.message ?? MESSAGE, next.at);
  }
  return { record: after, said };
}
function turns(looks: Look[]): string[][] {
  let record = initialAlerts();
  return looks.map((one) => {
    const next = turn(record, one);
    record = next.record;
    return next.said;
  });
}

test('from its first look to its last: one post, one report, edits, and its end', () => {
  expect(
    turns([
      look(0, [trouble(1)]),
      look(1, [trouble(1)]),
      look(2, [trouble(6)]),
      look(3, [trouble(7)]),
      look(4, [trouble(8)]),
      look(7, [trouble(8)]),
      look(8, [trouble(2)]),
      look(9, []),
      look(10, []),
      look(11, []),
    ]),
  ).toEqual([
    ['report asana_unauthorized opened', 'post asana_unauthorized 1'],
    [],
    ['edit asana_unauthorized 6'],
    [],
    [],
    ['edit asana_unauthorized 8'],
    ['edit asana_unauthorized 2'],
    [],
    ['report asana_unauthorized over', 'edit asana_unauthorized over'],
    [],
  ]);
});

test('its end tells the most that it concerned, also when that was never told', () => {
  let record = initialAlerts();
  for (const [minute, count] of [2, 5, 3].entries()) record = turn(record, look(minute, [trouble(count)])).record;
  expect(record.alerts).toMatchObject([{ count: 3, most: { count: 5, more: false } }]);
  record = looked(record, { ...look(3, [trouble(1000)]), more: true });
  record = looked(looked(looked(record, look(4, [trouble(1)])), look(5, [])), look(6, []));
  expect(pendingAlarms(record).message).toMatchObject([{ over: at(6), count: 1, most: { count: 1000, more: true } }]);
});

test('what the vendor said is asked for once per alert, and stays when later looks do not tell it', () => {
  expect(knownCauses(initialAlerts())).toEqual([]);
  const { record } = turn(initialAlerts(), look(0, [trouble(1, { said: 'Not Authorized' })]));
  expect(knownCauses(record)).toEqual(['Asana asana_unauthorized']);
  const later = looked(record, look(1, [trouble(2)]));
  expect(later.alerts).toMatchObject([{ count: 2, said: 'Not Authorized' }]);
  expect(detailsOfAlerts(later)).toContain('`Not Authorized`');
  expect(knownCauses(looked(looked(later, look(2, [])), look(3, [])))).toEqual([]);
});

test('one look that does not find it changes nothing, and when it comes back later it is another', () => {
  const one = [trouble()];
  expect(turns([look(0, one), look(1, []), look(2, one), look(3, []), look(4, []), look(5, one)]).flat()).toEqual([
    'report asana_unauthorized opened',
    'post asana_unauthorized 1',
    'report asana_unauthorized over',
    'edit asana_unauthorized over',
    'report asana_unauthorized opened',
    'post asana_unauthorized 1',
  ]);
});

test('who could not be told is owed it at every look, until it is over; then nobody need hear of it', () => {
  let record = initialAlerts();
  for (const minute of [0, 1, 2]) {
    record = looked(record, look(minute, [trouble()]));
    expect(pendingAlarms(record)).toMatchObject({ message: [{ count: 1 }], report: [{ count: 1 }] });
  }
  record = looked(looked(record, look(3, [])), look(4, []));
  expect(record.alerts).toEqual([]);
});

test('its end is owed as long as it could not be told', () => {
  let { record } = turn(initialAlerts(), look(0, [trouble()]));
  for (const minute of [1, 2, 3, 4]) record = looked(record, look(minute, []));
  expect(pendingAlarms(record)).toMatchObject({ message: [{ over: at(2) }], report: [{ over: at(2) }] });
  // Begun anew before the end of the first could be told: two.
  record = looked(record, look(5, [trouble(1, { since: at(5) })]));
  expect(pendingAlarms(record).message.map((a) => a.over)).toEqual([at(2), undefined]);
});

test('without Slack and without a Sentry of our own nothing is owed, and the record says what there is', () => {
  const nobody = { chat: false, report: false };
  const { record, said } = turn(initialAlerts(), look(0, [trouble()], nobody));
  expect([said, record.alerts.length]).toEqual([[], 1]);
  expect(looked(looked(record, look(1, [], nobody)), look(2, [], nobody)).alerts).toEqual([]);
});

test('the record is bounded, whatever is wrong', () => {
  let record = initialAlerts();
  for (let minute = 0; minute < 60; minute += 1) {
    const many = Array.from({ length: 100 }, (_, i) => trouble(1, { code: `code_${minute}_${i}` }));
    record = turn(record, look(minute, many)).record;
  }
  expect(record.alerts.length).toBeLessThanOrEqual(100);
  expect(JSON.stringify(record).length).toBeLessThan(64 * 1024);
});

test('a cause is a vendor and a code; what is unexpected belongs to whom the step asks', () => {
  expect(vendorOf('asana_forbidden', 'comment')).toBe('Asana');
  expect(vendorOf('unexpected', 'linkIssue')).toBe('Sentry');
  expect(vendorOf('unexpected', 'tell')).toBe('Slack');
  expect(vendorOf('unexpected', 'readIssue')).toBe('Sentry');
  expect(vendorOf('unexpected', 'assignIssue')).toBe('Sentry');
  expect(vendorOf('unexpected', 'decide')).toBe('Errand');
  expect(vendorOf('nobody_available', 'decide')).toBe('Errand');
  expect(vendorOf('workflow_stuck')).toBe('Temporal');
  const all = new Map<string, Trouble>();
  for (let i = 0; i < 9; i += 1) addTrouble(all, trouble(1, { since: at(9 - i) }));
  addTrouble(all, trouble(0, { sweeps: 3, some: [] }));
  expect([...all.values()]).toMatchObject([{ count: 9, sweeps: 3, since: at(0), some: { length: 5 } }]);
});

test('its id is no issue’s, and neither are those of the others', () => {
  expect(alertsIdOf('acme')).toBe('alerts:acme');
  expect(refOf('sentry:acme:1')).toEqual({ source: 'sentry', scope: 'acme', id: '1' });
  for (const id of [alertsIdOf('acme'), feedIdOf('sentry', 'acme'), rotationIdOf('payments')])
    expect(refOf(id)).toBeUndefined();
});

test('silence lasts from the first webhook that is missed to the next that comes', () => {
  const report = (unheard: number, heard?: number) => ({ unheard, heard }) as SweepReport;
  const sweeps = [report(0, 0), report(1, 0), report(0, 0), report(2), report(1, 1), report(0, 0)];
  let silent = 0;
  expect(sweeps.map((one) => (silent = silentAfter(silent, one)))).toEqual([0, 1, 1, 2, 0, 0]);
});

test('looks within a moment, as when processes start together, do not end it: a run that is just continued is missing in all of them', () => {
  expect(
    turns([look(0, [trouble()]), look(1, []), look(1.01, []), look(1.02, []), look(2, [trouble()])]).slice(1),
  ).toEqual([[], [], [], []]);
});

test('what a process counted is not told any more once it says nothing, while issues still wait', () => {
  const first = looked(initialAlerts(), look(0, [trouble(2, { times: 12, sweeps: 3 })]));
  const [alert] = looked(first, look(1, [trouble(2)])).alerts;
  expect([alert?.count, alert?.times, alert?.sweeps]).toEqual([2, undefined, undefined]);
});
