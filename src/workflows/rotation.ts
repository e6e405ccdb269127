/** `rotation:<team>`: who had a turn when. One workflow per team, so that two issues at once take different turns. */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineUpdate,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { TAKE_TURN, type TurnRequest } from '../contract';
import { isObject } from '../core/issue/commands';
import type { PersonKey } from '../core/refs';
import { broughtRecord } from './brought';

/** `turns`: person → number of their last turn. `taken`: decision → person, newest last. */
export type RotationRecord = {
  version: 1;
  count: number;
  turns: Record<PersonKey, number>;
  taken: [string, PersonKey][];
};

/** A repeated request comes within an activity's retries; far fewer than this many decisions are made meanwhile. */
const TAKEN_MAX = 500;

export const takeTurn = defineUpdate<PersonKey, [TurnRequest]>(TAKE_TURN);

/**
 * Oldest last turn first, never chosen before all, ties in the given order; only who was chosen has had a turn.
 * The same decision gets the same answer.
 */
export function nextTurn(record: RotationRecord, request: TurnRequest): { record: RotationRecord; person: PersonKey } {
  const before = record.taken.find(([id]) => id === request.decisionId);
  if (before && request.candidates.includes(before[1])) return { record, person: before[1] };
  const last = (p: PersonKey): number => record.turns[p] ?? 0;
  const person = request.candidates.reduce((best, p) => (last(p) < last(best) ? p : best));
  const count = record.count + 1;
  return {
    record: {
      version: 1,
      count,
      turns: { ...record.turns, [person]: count },
      taken: [...record.taken, [request.decisionId, person] as [string, PersonKey]].slice(-TAKEN_MAX),
    },
    person,
  };
}

function isTurnRequest(x: unknown): x is TurnRequest {
  return (
    isObject(x) &&
    typeof x.decisionId === 'string' &&
    Array.isArray(x.candidates) &&
    x.candidates.length > 0 &&
    x.candidates.every((c) => typeof c === 'string')
  );
}

/** Tolerates a start by hand, with any input. */
export async function rotation(start?: unknown): Promise<void> {
  let record: RotationRecord = broughtRecord<RotationRecord>(start, 1) ?? {
    version: 1,
    count: 0,
    turns: {},
    taken: [],
  };
  setHandler(
    takeTurn,
    (request) => {
      const next = nextTurn(record, request);
      record = next.record;
      return next.person;
    },
    {
      validator: (request) => {
        if (!isTurnRequest(request)) throw new Error('needs decisionId and candidates');
      },
      description: 'Takes the next turn for a decision.',
    },
  );
  // Only a suggestion to continue as new ends the wait: 4,096 events are some 800 turns.
  await condition(() => workflowInfo().continueAsNewSuggested && allHandlersFinished());
  await continueAsNew<typeof rotation>(record);
}
