/** Whose turn it is, without a server; test/workflows/turns.test.ts plays whole lives. */
import { nextTurn, type RotationRecord } from '../../src/workflows/rotation';

const FRESH: RotationRecord = { version: 1, count: 0, turns: {}, taken: [] };
const candidates = ['ada', 'ben', 'cy'];
/** The people chosen for these decisions, one after the other. */
function chosen(decisions: string[], of = candidates): string[] {
  let record = FRESH;
  return decisions.map((decisionId) => {
    const next = nextTurn(record, { decisionId, candidates: of });
    record = next.record;
    return next.person;
  });
}

test('a request that is repeated takes no further turn: the answer to the first one was lost', () => {
  expect(chosen(['a', 'a', 'b', 'a', 'c', 'd'])).toEqual(['ada', 'ada', 'ben', 'ada', 'cy', 'ada']);
});

test('who had a turn for this decision and may not take it any more makes room for the next', () => {
  const first = nextTurn(FRESH, { decisionId: 'a', candidates });
  expect(nextTurn(first.record, { decisionId: 'a', candidates: ['ben', 'cy'] }).person).toBe('ben');
});
