/** A delivery that came before, at an issue that no token can read. */
import { parseHints } from '../../../src/core/issue/commands';
import { nextWords } from '../../../src/core/issue/describe';
import { repeatedOf } from '../../../src/core/issue/doubt';
import { reduce } from '../../../src/core/issue/state';
import { nextWake } from '../../../src/core/issue/wake';
import type { Fact } from '../../../src/core/issue/facts';
import type { IssueRecord } from '../../../src/core/issue/record';
import type { IssueSnapshot } from '../../../src/core/issue/snapshot';
import { CAN, decision, fold, fresh, hint, later, settle, snapshot, T0 } from '../../support/records';

const BLIND = { ...CAN, source: false, installation: false };
const shown = (more: Partial<IssueSnapshot> = {}) => snapshot({ via: 'webhook', ...more });
const sent = (issue: IssueSnapshot): Fact => ({ is: 'hinted', hint: hint({ seed: issue }) });
const again = (issue: IssueSnapshot): Fact => ({ is: 'hinted', hint: hint({ repeated: repeatedOf(issue) }) });
/** What `readIssue` answers without a token. */
const read = (r: IssueRecord): Fact => ({ is: 'seen', issue: r.seed ?? shown(), answers: r.heard });

function open(): IssueRecord {
  const r = fold({ ...fresh(), can: BLIND }, [sent(shown())]);
  return settle(fold(r, [read(r), { is: 'decided', decision: decision('anna') }])).record;
}
const looked = (r: IssueRecord, at = T0): IssueRecord => reduce(r, read(r), at);
const codes = (r: IssueRecord): string[] => r.attention.map((a) => a.code);

/** Resolved and opened again, each told once. */
function reopened(): IssueRecord {
  let r = open();
  r = looked(reduce(r, sent(shown({ status: 'resolved', readAt: later(1_000) })), later(1_000)));
  expect(r.state).toBe('resolved');
  r = looked(reduce(settle(r).record, sent(shown({ readAt: later(2_000) })), later(2_000)));
  r = settle(fold(r, [{ is: 'decided', decision: decision('anna') }])).record;
  expect([r.state, codes(r)]).toEqual(['open', []]);
  return r;
}

it('a "resolved" that came before closes nothing, also after the read that follows, and the issue says so', () => {
  const r = looked(reduce(reopened(), again(shown({ status: 'resolved' })), later(3_000)));
  expect(r.state).toBe('open');
  expect(r.seed?.status).toBe('unresolved');
  expect(r.attention).toMatchObject([{ step: 'believe', code: 'repeated_delivery', tries: 1 }]);
  expect(settle(r).did).toEqual([]);
  expect(nextWords(r, later(3_000))).toMatch(
    /^Needs a person: a webhook came a second time .* Compare the issue with Sentry/,
  );
  // Nothing comes of waiting.
  expect(nextWake(r, later(3_000))?.at).toBe(nextWake(reopened(), later(3_000))?.at);
  expect(codes(reduce(r, { is: 'elapsed' }, later(48 * 3_600_000)))).toEqual(['repeated_delivery']);
});

it('what says no more than is known already, and what a token can read, is nothing to say', () => {
  const r = reopened();
  expect(codes(reduce(r, again(shown()), later(3_000)))).toEqual([]);
  expect(codes(reduce(r, again(shown({ assignee: 'piotr' })), later(3_000)))).toEqual(['repeated_delivery']);
  // An event tells no assignee.
  expect(codes(reduce(r, again(shown({ assignee: 'piotr', shortId: undefined })), later(3_000)))).toEqual([]);
  expect(codes(reduce({ ...r, can: CAN }, again(shown({ status: 'resolved' })), later(3_000)))).toEqual([]);
  const closed = reduce(r, { is: 'commanded', command: { id: 'c', by: 'eva', do: 'resolve' } }, later(3_000));
  expect(codes(reduce(closed, again(shown({ status: 'resolved' })), later(4_000)))).toEqual([]);
});

const doubted = (): IssueRecord => reduce(reopened(), again(shown({ status: 'resolved' })), later(3_000));
it.each<[string, Fact]>([
  ['a newer webhook', sent(shown({ readAt: later(4_000) }))],
  ['a read with a token', { is: 'seen', issue: snapshot({ readAt: later(4_000) }), answers: 9 }],
  ['a person who resolves it', { is: 'commanded', command: { id: 'c', by: 'eva', do: 'resolve' } }],
  [
    'a person who says that all is well',
    { is: 'commanded', command: { id: 'c', by: 'eva', do: 'retry', code: 'repeated_delivery' } },
  ],
])('%s ends the doubt', (_, fact) => {
  expect(codes(reduce(doubted(), fact, later(4_000)))).toEqual([]);
});

it('an older webhook does not, nor a retry of something else, or of everything unread', () => {
  expect(codes(reduce(doubted(), sent(shown({ readAt: later(500) })), later(4_000)))).toEqual(['repeated_delivery']);
  const other: Fact = { is: 'commanded', command: { id: 'c', by: 'eva', do: 'retry', code: 'asana_refused' } };
  expect(codes(reduce(doubted(), other, later(4_000)))).toEqual(['repeated_delivery']);
  const all: Fact = { is: 'commanded', command: { id: 'c', by: 'eva', do: 'retry' } };
  expect(codes(reduce(doubted(), all, later(4_000)))).toEqual(['repeated_delivery']);
});

it('crosses the signal, and only as what it is', () => {
  const repeated = { status: 'resolved' as const, assignee: null };
  expect(parseHints([hint({ repeated })]).hints).toEqual([hint({ repeated })]);
  const wrong = [{ status: 'fine' }, { status: 'resolved', assignee: 7 }, 'resolved', null];
  for (const one of wrong) expect(parseHints([{ ...hint(), repeated: one }]).hints).toEqual([hint()]);
});
