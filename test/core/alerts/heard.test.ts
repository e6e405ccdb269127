/** What processes tell of themselves: kept, merged with what a look found, forgotten when nobody repeats it. */
import type { OwnTrouble } from '../../../src/contract';
import { detailsOfAlerts, initialAlerts, looked, pendingAlarms, announced } from '../../../src/core/alerts/alerts';
import { heardAfter, withHeard, type Heard } from '../../../src/core/alerts/heard';
import type { Trouble } from '../../../src/core/alerts/record';

const T0 = Date.parse('2026-11-22T10:00:00.000Z');
const at = (minutes: number): string => new Date(T0 + minutes * 60_000).toISOString();
const own = (more: Partial<OwnTrouble> = {}): OwnTrouble => ({
  code: 'rules_broken',
  since: at(0),
  times: 2,
  said: 'rules.yaml:1:1 no',
  ...more,
});
const after = (heard: Heard, from: string, troubles: unknown[], minutes = 0): Heard =>
  heardAfter(heard, { from, troubles }, at(minutes));

test('what two processes suffer from is one trouble, since the first, with the higher number', () => {
  const heard = after(after({}, 'api', [own()]), 'worker', [own({ since: at(-1), times: 3 })]);
  expect(withHeard([], heard, at(1))).toEqual([
    {
      vendor: 'Errand',
      code: 'rules_broken',
      count: 0,
      times: 3,
      since: at(-1),
      said: 'rules.yaml:1:1 no',
      some: [],
    },
  ]);
});

test('what a process says replaces what it said; an empty list ends it', () => {
  const refused = own({ code: 'webhooks_refused', vendor: 'Sentry' });
  const both = after({}, 'api', [own(), refused]);
  const codes = (heard: Heard): string[] => withHeard([], heard, at(1)).map((t) => `${t.vendor} ${t.code}`);
  expect(codes(both)).toEqual(['Errand rules_broken', 'Sentry webhooks_refused']);
  expect(codes(after(both, 'api', [refused], 1))).toEqual(['Sentry webhooks_refused']);
  expect(after(both, 'api', [], 1)).toEqual({});
  expect(codes(after(both, 'worker', [], 1))).toHaveLength(2);
});

test('who does not repeat it for a quarter of an hour is gone', () => {
  const heard = after({}, 'api', [own()]);
  expect(withHeard([], heard, at(14))).toHaveLength(1);
  expect(withHeard([], heard, at(15))).toEqual([]);
});

test('what a look found stays as it is', () => {
  const found: Trouble = { vendor: 'Asana', code: 'asana_unauthorized', count: 1, since: at(0), some: [] };
  expect(withHeard([found], after({}, 'api', [own()]), at(1))).toMatchObject([found, { code: 'rules_broken' }]);
});

test.each([
  [undefined],
  ['broken'],
  [{ troubles: [own()] }],
  [{ from: '', troubles: [own()] }],
  [{ from: 7, troubles: [own()] }],
])('a signal that names nobody changes nothing: %j', (input) => {
  const heard = after({}, 'api', [own()]);
  expect(heardAfter(heard, input, at(1))).toBe(heard);
});

test.each([
  [null],
  [own({ code: 'No code' })],
  [own({ since: 'yesterday' })],
  [own({ times: 0 })],
  [{ ...own(), times: '3' }],
])('what is no trouble is left out: %j', (trouble) => {
  expect(after({}, 'api', [trouble])).toEqual({});
  expect(after({}, 'api', 'none' as unknown as unknown[])).toEqual({});
});

test('it stays small, whoever speaks', () => {
  let heard: Heard = {};
  const many = Array.from({ length: 40 }, (_, i) =>
    own({ code: `code_${'x'.repeat(i % 30)}`, said: 'x'.repeat(9_999) }),
  );
  for (let i = 0; i < 200; i += 1) heard = after(heard, `process ${i} ${'x'.repeat(999)}`, many);
  expect(JSON.stringify(heard).length).toBeLessThan(200_000);
  expect(Object.keys(heard).at(-1)).toMatch(/^process 199 x/);
});

test('its number is told, edited when it changes much, and its end', () => {
  const look = (minutes: number, times?: number) => ({
    at: at(minutes),
    troubles: withHeard([], times === undefined ? {} : after({}, 'api', [own({ times })], minutes), at(minutes)),
    more: false,
    every: 60_000,
    can: { chat: true, report: false },
  });
  let record = looked(initialAlerts(), look(0, 2));
  const [first] = pendingAlarms(record).message;
  expect(first).toMatchObject({ code: 'rules_broken', times: 2 });
  if (first) record = announced(record, first, { channel: 'C', ts: '1' }, at(0));
  expect(detailsOfAlerts(record)).toContain('rules.yaml:1:1 no');
  record = looked(record, look(1, 2));
  expect(pendingAlarms(record).message).toEqual([]);
  for (let i = 2; i < 7; i += 1) record = looked(record, look(i, 3));
  expect(pendingAlarms(record).message).toMatchObject([{ times: 3 }]);
  record = looked(looked(record, look(8)), look(9));
  expect(pendingAlarms(record).message).toMatchObject([{ over: at(9) }]);
});
