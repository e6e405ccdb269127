/** People are told by their names wherever the record speaks, and nothing has to be looked up for it. */
import { currentDetailsOf, detailOf, explanationOf, viewOf } from '../../../src/core/issue/describe';
import type { Decision } from '../../../src/core/issue/decision';
import type { Fact } from '../../../src/core/issue/facts';
import type { IssueRecord } from '../../../src/core/issue/record';
import { decision, fold, fresh, later, settle, snapshot, T0 } from '../../support/records';

const ANNA = 'Anna Nowak';
const EWA = 'Ewa Wójcik';
const chosen: Decision = decision('anna', { reasons: [{ person: 'anna', name: ANNA, kept: true, because: 'chosen' }] });
const reassign = (to: string, name?: string): Fact => ({
  is: 'commanded',
  command: { id: `to-${to}`, by: 'otto', do: 'reassign', to, name },
});
const told = (r: IssueRecord): string[] => r.timeline.map((t) => t.what);
const opened = (first: Decision, ...facts: Fact[]): IssueRecord =>
  settle(fold(fresh(), [{ is: 'seen', issue: snapshot(), answers: 0 }, { is: 'decided', decision: first }, ...facts]))
    .record;
const settled = (...facts: Fact[]): IssueRecord => opened(chosen, ...facts);

it('a decision, an act and a choice in Sentry bring names, which the timeline, the row and the page show beside keys', () => {
  const r = settled(reassign('ewa', EWA));
  expect(told(r)).toEqual(
    expect.arrayContaining([`rule r gives it to ${ANNA}`, `otto asked: reassign from ${ANNA} to ${EWA}`]),
  );
  expect(told(r)).toContain(`assigned to ${EWA} in Sentry`);
  expect(viewOf(r)).toMatchObject({ assignee: 'ewa', assigneeName: EWA });
  expect(detailOf(r, T0).override).toMatchObject({ assign: 'ewa', name: EWA, by: 'otto' });
  expect(explanationOf(r).text).toContain(`The task goes to ${ANNA}. Since then otto gave it to ${EWA}.`);
  expect(currentDetailsOf(r, T0)).toContain(`assignee: **${EWA}**`);
  const inSentry = snapshot({ assignee: 'piotr', assigneeName: 'Piotr Zieliński', readAt: later(60_000) });
  const moved = fold(r, [{ is: 'seen', issue: inSentry, answers: 99 }]);
  expect(told(moved)).toContain('assigned to Piotr Zieliński in Sentry');
});

it('the name that the tracker knows stands where the rules give none', () => {
  const r = opened(decision('anna'));
  expect(viewOf(r).assigneeName).toBeNull();
  const done: Fact = {
    is: 'done',
    done: {
      do: 'assignTask',
      with: { task: { tracker: 'asana', id: '900', url: '' }, to: 'anna', from: null },
      got: { name: ANNA },
    },
  };
  expect(viewOf(fold(r, [done])).assigneeName).toBe(ANNA);
});

it('whose name nobody told is shown by the key, and a name that is spoken of no more is forgotten', () => {
  const r = settled(reassign('ewa'));
  expect(told(r)).toContain(`otto asked: reassign from ${ANNA} to ewa`);
  let many = r;
  for (let n = 0; n < 50; n += 1) many = fold(many, [reassign(`p${n}`, `Person ${n}`)]);
  expect(Object.keys(many.names ?? {}).length).toBeLessThan(6);
});

it('times are told in the zone of the rules, which is named, and in UTC where none is known', () => {
  const mute: Fact = {
    is: 'commanded',
    command: { id: 'm', by: 'otto', do: 'mute', until: '2026-11-23T02:02:33.000Z' },
  };
  const r = settled();
  expect(told(fold(r, [mute]))).toContain('otto asked: mute until 2026-11-23 02:02:33 UTC');
  const there = { ...r, settings: { ...r.settings, timezone: 'Europe/Warsaw' } };
  const muted = fold(there, [mute]);
  expect(told(muted)).toContain('otto asked: mute until 2026-11-23 03:02:33 Europe/Warsaw');
  expect(detailOf(muted, T0).timeline[0]?.at).toBe(T0);
  expect(currentDetailsOf(muted, T0)).toContain('- 2026-11-02 10:00:00 Europe/Warsaw ');
});
