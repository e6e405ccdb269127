/**
 * What became of each delivery. It knows the row that its hint was folded into, and the row's end is written down once, however many
 * deliveries share it; they are told apart only when somebody looks.
 */
import type { Hint } from '../../core/issue/hint';
import type { Instant } from '../../core/refs';
import type { DeliveryLogEntry } from './types';

/** Where a hint waits. `with`: the delivery that the row began with, when that is another. */
export type Position = { row: string; seq: string; with?: string };

/** A delivery as it is stored: with its hints (small ones, to replay), and the place of each. */
export type StoredDelivery = DeliveryLogEntry & { hints: Hint[]; positions: Position[] };

/** The end of a row, of its hints up to `upTo`; the later ones have gone on to the `next`. Dead ones that were revived went on to `again`. */
export type Ended = { upTo: string; next?: Onward } & (
  { dispatchedAt: Instant } | { unchanged: true } | { dead: string; again?: Onward }
);
/** Without `seq` each hint keeps its own. */
type Onward = Omit<Position, 'seq'> & { seq?: string };

const UNCHANGED = 'says the assignee that is known';
type Fate = Pick<DeliveryLogEntry, 'outcome' | 'dispatchedAt' | 'why'>;

/**
 * A row goes on in another when hints came while it was being sent, and when it is revived: so many such steps are followed, more
 * than fit between a delivery and its being sent.
 */
const STEPS_MAX = 50;

export type Rows = {
  ended: (row: string) => Ended | undefined;
  /** The row that waits for this hint's workflow. */
  waiting: (hint: Hint) => string | undefined;
};

/** The delivery with its outcome as of now. */
export function shown({ hints, positions, ...entry }: StoredDelivery, rows: Rows): DeliveryLogEntry {
  const fates = hints.flatMap((hint, i) => (positions[i] ? [fateOf(entry.id, hint, positions[i], rows)] : []));
  const [first] = fates;
  if (!first) return entry;
  const of = (outcome: Fate['outcome']): Fate | undefined => fates.find((fate) => fate.outcome === outcome);
  const last = fates.reduce((a, b) => ((a.dispatchedAt ?? '') < (b.dispatchedAt ?? '') ? b : a));
  return { ...entry, ...(of('dead') ?? of('kept') ?? last) };
}

/** Where the hint is by now. */
export function positionOf(position: Position, { ended }: Pick<Rows, 'ended'>): Position {
  let now = position;
  for (let step = 0; step < STEPS_MAX; step++) {
    const end = ended(now.row);
    const onward = end && now.seq <= end.upTo ? 'again' in end && end.again : end?.next;
    if (!onward) break;
    now = { ...onward, seq: onward.seq ?? now.seq };
  }
  return now;
}

function fateOf(delivery: string, hint: Hint, position: Position, rows: Rows): Fate {
  const now = positionOf(position, rows);
  const end = rows.ended(now.row);
  const why = now.with === undefined || now.with === delivery ? {} : { why: `joined with ${now.with}` };
  if (end && 'dead' in end) return { outcome: 'dead', why: end.dead };
  if (end && 'unchanged' in end) return { outcome: 'no change', why: UNCHANGED };
  if (end) return { outcome: 'dispatched', ...why, dispatchedAt: end.dispatchedAt };
  // Rows that ended long ago are forgotten.
  return { outcome: rows.waiting(hint) === now.row ? 'kept' : 'dispatched', ...why };
}
