/** What one issue may cost at most, however often it repeats, comes back, or is skipped: in its record, its rows, and its reads. */
import type { Fact } from '../../../src/core/issue/facts';
import type { IssueRecord } from '../../../src/core/issue/record';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import type { Step } from '../../../src/core/issue/steps';
import type { Instant } from '../../../src/core/refs';
import { detailOf, markOf, viewOf } from '../../../src/core/issue/describe';
import { mustDecide, mustLook, plan, noteOf } from '../../../src/core/issue/plan';
import { isDue, nextWake } from '../../../src/core/issue/wake';
import { reduce } from '../../../src/core/issue/state';
import { CAN, decision, fresh, hint, later, snapshot, succeed, T0 } from '../../support/records';
import { thorough } from '../../support/thorough';

/** Crosses every continue-as-new. Temporal takes 2 MiB for a payload; 64 KiB leave room for a history beside it. */
const RECORD_BYTES = 64 * 1024;
/** A memo's share of a row in visibility: workers warn at 2 KiB. */
const ROW_BYTES = 2 * 1024;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOURS_OF_A_DAY = 24;

/** The last turns of a long life carry as much as they can. */
const FULL = 100;
/** What grows without end is found long before the end, which it would put off. */
const LOOK_EVERY = 250;

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');
/** Strings as long as the wire lets them be, with what JSON escapes. */
const long = (n: number): string => '"é'.repeat(n / 2);

/** The largest snapshot that a read may answer is 8 KiB. */
const big = (more: Partial<IssueSnapshot>): IssueSnapshot =>
  snapshot({
    title: long(250),
    culprit: long(250),
    tags: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`tag${i}`, long(60)])),
    frames: Array.from({ length: 5 }, () => long(150)),
    ...more,
  });

/** As many of everything, in few bytes: quick to copy a hundred thousand times. */
const brief = (more: Partial<IssueSnapshot>): IssueSnapshot => big({ ...more, title: 'x', culprit: 'x', tags: {} });

/** The longest name that the rules take. */
const NAMED = { person: 'anna', name: long(100), kept: true, because: 'chosen' } as const;

class Life {
  record: IssueRecord = { ...fresh(), can: CAN };
  now: Instant = T0;
  did = new Map<string, number>();

  learn(...facts: Fact[]): void {
    for (const fact of facts) this.record = reduce(this.record, fact, this.now);
  }

  /** What the loop of the workflow does, with vendors that do all they are asked, or refuse as `fails` says. */
  rest(seen: () => IssueSnapshot, skip = false, fails: (step: Step) => boolean = () => false): void {
    for (let turn = 0; ; turn += 1) {
      if (turn > 60) throw new Error('it does not settle');
      if (isDue(this.record, this.now)) this.learn({ is: 'elapsed' });
      if (mustLook(this.record, this.now)) {
        this.count('readIssue');
        this.learn({ is: 'seen', issue: seen(), answers: this.record.heard });
      } else if (mustDecide(this.record, this.now)) {
        this.count('decide');
        const made = decision('anna', { at: this.now, reasons: [NAMED] });
        this.learn({ is: 'decided', decision: skip ? { ...made, verdict: { skip: 'noise' } } : made });
      } else {
        const step = plan(this.record, this.now)[0];
        if (!step) return;
        this.count(step.do);
        if (fails(step))
          this.learn({
            is: 'failed',
            step: step.do,
            note: noteOf(step),
            code: 'asana_forbidden',
            message: long(1_000),
          });
        else this.learn({ is: 'done', done: succeed(step) });
      }
    }
  }

  private count(what: string): void {
    this.did.set(what, (this.did.get(what) ?? 0) + 1);
  }
}

function bounded(record: IssueRecord, now: Instant): void {
  expect(bytes(record)).toBeLessThanOrEqual(RECORD_BYTES);
  expect(bytes(detailOf(record, now))).toBeLessThanOrEqual(RECORD_BYTES);
  expect(bytes([viewOf(record), markOf(record)])).toBeLessThanOrEqual(ROW_BYTES);
}

/** Of every list and table in the record, how long it is. */
function sizes(value: unknown, path = ''): [string, number][] {
  if (typeof value !== 'object' || value === null) return [];
  const here: [string, number][] = Array.isArray(value) ? [[path, value.length]] : [];
  return [
    ...here,
    ...Object.entries(value).flatMap(([k, v]) => sizes(v, Array.isArray(value) ? path : `${path}.${k}`)),
  ];
}

it('1,000,000 repeats: as large as after the first thousand, and as few comments as the cadence says', () => {
  const life = new Life();
  const MILLION = 1_000_000;
  /** What the inbox makes of them: at most one signal in fifteen minutes, each with what several deliveries said. */
  const SIGNALS = 2_000;
  let events = 0;
  let early = 0;
  for (let n = 1; n <= SIGNALS; n += 1) {
    events += MILLION / SIGNALS;
    life.now = later(15 * MINUTE, life.now);
    const what = 'event_alert.triggered';
    const seen = (n > SIGNALS - FULL || n < SIGNALS / 10 ? big : brief)({
      events,
      users: events,
      release: `shop@${n}`,
      substatus: n % 2 ? 'escalating' : 'ongoing',
    });
    for (let i = 0; i < 4; i += 1)
      life.learn({
        is: 'hinted',
        hint: hint({ what, environment: `pr-${n}-${i}`, seed: { ...seen, via: 'webhook' } }),
      });
    life.rest(() => ({ ...seen, environments: [`pr-${n}`], readAt: life.now }));
    if (n % LOOK_EVERY === 0) bounded(life.record, life.now);
    if (n === SIGNALS / 10 - 1) early = bytes(life.record);
  }
  expect(life.record.heard).toBe(4 * SIGNALS);
  bounded(life.record, life.now);
  expect(bytes(life.record)).toBeLessThan(early * 1.1);
  expect(life.did.get('readIssue')).toBeLessThanOrEqual(SIGNALS + 1);
  expect(life.did.get('ensureTask')).toBe(1);
  // One a read at most, and news not more often than once an hour.
  expect(life.did.get('comment')).toBeLessThanOrEqual((SIGNALS * 15) / 60 + 4);
  expect(life.did.get('tell')).toBe(1);
}, 120_000);

it.each([
  { turns: thorough(1_000, 5_000), vendors: 'that work', fails: () => false },
  { turns: 1_000, vendors: 'that refuse to be told', fails: (s: Step) => s.do === 'comment' || s.do === 'tell' },
])(
  '$turns regressions with vendors $vendors: no list grows',
  ({ turns, fails }) => {
    const life = new Life();
    let early: [string, number][] = [];
    for (let n = 1; n <= turns; n += 1) {
      const wire = n > turns - FULL ? big : brief;
      for (const status of ['unresolved', 'resolved'] as const) {
        life.now = later(MINUTE, life.now);
        life.learn({
          is: 'hinted',
          hint: hint({ what: `issue.${status}`, urgent: true, environment: `pr-${'x'.repeat(80)}-${n}` }),
        });
        life.rest(() => wire({ status, events: n, release: `shop@${n}`, readAt: life.now }), false, fails);
      }
      const asked = { id: `c${n}`, by: long(100) };
      if (n % 4 === 0) {
        life.learn({ is: 'commanded', command: { ...asked, do: 'reassign', to: n % 8 ? 'ewa' : 'piotr' } });
        life.learn({ is: 'rejected', what: long(1_000) });
        life.rest(() => wire({ status: 'resolved', readAt: life.now }), false, fails);
      }
      if (n % LOOK_EVERY === 0) bounded(life.record, life.now);
      if (n === turns / 2) early = sizes(life.record);
    }
    expect(life.record.regressions).toBe(turns - 1);
    bounded(life.record, life.now);
    expect(sizes(life.record)).toEqual(early);
  },
  120_000,
);

it('a skipped issue with a hint every minute: one read an hour, no write, and a record that does not grow', () => {
  const life = new Life();
  let events = 0;
  const day = (): number => {
    for (let minute = 0; minute < HOURS_OF_A_DAY * 60; minute += 1) {
      life.now = later(MINUTE, life.now);
      events += 100;
      life.learn({ is: 'hinted', hint: hint({ what: 'event_alert.triggered' }) });
      life.rest(() => big({ events, readAt: life.now }), true);
    }
    return bytes(life.record);
  };
  const first = day();
  expect(life.record.state).toBe('skipped');
  const reads = life.did.get('readIssue') ?? 0;
  expect(reads).toBeLessThanOrEqual(HOURS_OF_A_DAY + 1);
  expect(reads).toBeGreaterThanOrEqual(HOURS_OF_A_DAY - 1);
  expect(Math.abs(day() - first)).toBeLessThan(100);
  expect([...life.did.keys()].sort()).toEqual(['decide', 'readIssue']);
  bounded(life.record, life.now);
  // Between two reads it sleeps: one timer, not one a hint.
  life.learn({ is: 'hinted', hint: hint() });
  const wake = nextWake(life.record, life.now);
  expect(Date.parse(wake?.at ?? '') - Date.parse(life.record.seen?.readAt ?? '')).toBe(HOUR);
});
