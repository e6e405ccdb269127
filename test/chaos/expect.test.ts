/** What the chaos run takes for right: if this is wrong, a green run means nothing. */
import { compare, type Ends, type TaskEnd } from './compare';
import { expected, type Happened, type SentryEnd } from './expect';
import type { Life } from './schedule';

const SHOP = { project: 'shop', environment: 'production' } as const;
const OPEN: SentryEnd = { status: 'unresolved', assignee: null };
const RESOLVED: SentryEnd = { status: 'resolved', assignee: null };
const did = (what: Happened['do'], more: Partial<Happened> = {}): Happened => ({ at: 0, do: what, ...more });
const of = (done: Happened[], sentry = OPEN) => expected(SHOP, [did('raise'), ...done], sentry, 'anna');

describe('an issue', () => {
  it('that is open has one open task of whom the rules choose, nobody on leave', () => {
    expect(of([])).toMatchObject({ tasks: [1], completed: [false], assignees: ['piotr@example.com'] });
    expect(expected({ ...SHOP, project: 'checkout-web' }, [], OPEN, 'anna').assignees).toEqual([
      'ewa@example.com',
      'olena@example.com',
    ]);
  });

  it.each(['resolved', 'archived', 'gone'] as const)('that is %s has its task completed, or none', (status) => {
    expect(of([did('resolve')], { ...RESOLVED, status })).toMatchObject({ tasks: [0, 1], completed: [true] });
  });

  it('that is older than the first start has none, and nobody follows it', () => {
    expect(expected({ ...SHOP, old: true }, [], OPEN, 'anna')).toMatchObject({ followed: false, tasks: [0] });
  });

  it('that was deleted or merged in Sentry has its task completed', () => {
    for (const end of ['remove', 'merge'] as const)
      expect(of([did(end)], { ...OPEN, status: 'gone' })).toMatchObject({ tasks: [0, 1], completed: [true] });
  });

  it('that the rules skip has none', () => {
    expect(expected({ ...SHOP, environment: 'local' }, [], OPEN, 'anna')).toMatchObject({ tasks: [0] });
  });
});

describe('a reset', () => {
  it('forgets what was done before it: the task may be as the forgotten run left it, but there is one', () => {
    expect(of([did('archive'), did('reset'), did('unarchive')])).toMatchObject({ tasks: [1], completed: [] });
    expect(of([did('resolve'), did('reset'), did('repeat')]).completed).toEqual([]);
    expect(of([did('assign', { to: 'ewa', calm: true }), did('reset')]).assignees).toEqual(
      expect.arrayContaining(['ewa@example.com', 'piotr@example.com']),
    );
  });

  it('changes nothing of what comes after it', () => {
    expect(of([did('reset'), did('archive'), did('unarchive')]).completed).toEqual([false]);
    expect(of([did('reset'), did('assign', { to: 'ewa', calm: true })]).assignees).toEqual(['ewa@example.com']);
  });
});

describe('an assignment in Sentry', () => {
  it('made while the issue was at rest holds, whatever comes after it', () => {
    const done = [did('assign', { to: 'ewa', calm: true }), did('resolve'), did('regress'), did('terminate')];
    expect(of(done).assignees).toEqual(['ewa@example.com']);
  });

  it('made in motion may lose against the rules, and both sides agree on who won', () => {
    const done = [did('assign', { to: 'ewa' })];
    expect(of(done, { ...OPEN, assignee: 'ewa@example.com' }).assignees).toEqual(['ewa@example.com']);
    expect(of(done, { ...OPEN, assignee: 'piotr@example.com' }).assignees).toEqual(['piotr@example.com']);
  });

  it('that was not done does not count', () => {
    expect(of([did('assign', { to: 'ewa', calm: true, skipped: 'no issue' })]).assignees).toEqual([
      'piotr@example.com',
    ]);
  });
});

describe('a task completed by a person in Asana', () => {
  const byHand = did('complete', { calm: true });

  it('is left as the person left it while nothing turns in Sentry', () => {
    expect(of([byHand, did('repeat', { calm: true })]).completed).toEqual([true]);
  });

  it('is reopened when the issue was resolved and came back', () => {
    expect(of([byHand, did('resolve', { calm: true }), did('regress', { calm: true })]).completed).toEqual([false]);
  });

  it.each([
    ['completed while a write of ours was under way', [did('complete', { calm: false })]],
    ['the turns may have passed between two looks', [byHand, did('resolve', { calm: true }), did('regress')]],
    ['a new run finds it completed', [byHand, did('terminate')]],
  ])('may be either: %s', (_why, done) => {
    expect(of(done).completed).toEqual([true, false]);
  });
});

describe('a task deleted by a person', () => {
  it('before it was verified is made again, once', () => {
    expect(of([did('delete', { age: 900 })]).tasks).toEqual([1]);
  });

  it('later stays deleted, or is made again when the issue comes back', () => {
    expect(of([did('delete', { age: 60_000 }), did('resolve'), did('regress')]).tasks).toEqual([0, 1]);
  });
});

describe('the comparison', () => {
  const life: Life = { id: '7', number: 0, round: 0, title: 'Error', ...SHOP, acts: [] };
  const task: TaskEnd = { gid: '1', completed: false, assignee: 'piotr@example.com' };
  const fine: Ends = {
    sentry: new Map([['7', OPEN]]),
    tasks: new Map([['7', [task]]]),
    runs: new Map([['7', { state: 'open', running: true }]]),
    lost: [],
  };
  const run = { state: 'open', running: true };
  const found = (ends: Partial<Ends>) =>
    compare([life], () => [did('raise')], { ...fine, ...ends }, 'anna').map((d) => d.column);

  it('says in its first line what a stuck issue needs attention for', () => {
    const stuck = { runs: new Map([['7', { ...run, attention: 'asana_refused (ensureTask)' }]]) };
    const [difference] = compare([life], () => [did('raise')], { ...fine, ...stuck }, 'anna');
    expect(difference?.what).toBe('it needs attention, asana_refused (ensureTask), its state is open');
  });

  it('finds nothing where nothing is wrong', () => {
    expect(found({})).toEqual([]);
  });

  it('wants nothing of what is older than the first start, but that it has no task', () => {
    const old = (ends: Partial<Ends>): string[] =>
      compare([{ ...life, old: true }], () => [did('raise')], { ...fine, ...ends }, 'anna').map((d) => d.column);
    expect(old({ tasks: new Map(), runs: new Map() })).toEqual([]);
    expect(old({})).toEqual(['wrong state']);
  });

  it.each<[string, Partial<Ends>]>([
    ['lost', { tasks: new Map() }],
    ['duplicated', { tasks: new Map([['7', [task, { ...task, gid: '2' }]]]) }],
    ['wrong state', { tasks: new Map([['7', [{ ...task, completed: true }]]]) }],
    ['wrong assignee', { tasks: new Map([['7', [{ ...task, assignee: 'anna@example.com' }]]]) }],
    ['wrong assignee', { tasks: new Map([['7', [{ ...task, assignee: null }]]]) }],
    ['stuck', { runs: new Map() }],
    ['stuck', { runs: new Map([['7', { ...run, state: 'new' }]]) }],
    ['stuck', { runs: new Map([['7', { ...run, attention: 'asana_refused (ensureTask)' }]]) }],
    ['stuck', { runs: new Map([['7', { ...run, running: false }]]) }],
    ['stuck', { runs: new Map([['7', { ...run, busy: 'ensureTask is under way' }]]) }],
    ['acknowledged lost', { lost: [{ delivery: 'd', issue: '7' }] }],
    ['extra turns', { turns: 1 }],
  ])('says %s', (column, ends) => {
    expect(found(ends)).toEqual([column]);
  });
});
