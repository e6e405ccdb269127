/** What happens to every issue, and when: drawn from the seed, one generator per issue, so that each life is the same alone. */
import { random } from '../../src/sandbox/faults';
import type { Weather } from './weather';
import { PEOPLE, PRODUCTION, PROJECTS, SKIPPED, type Person, type Project } from './people';

/** In Sentry, but for the last four; `remove` is deleted there, `merge` merged into the first issue of the run. `complete`, `delete`: by a person in Asana. `terminate`, `reset`: by one in Temporal. */
export type ActName =
  | 'raise'
  | 'repeat'
  | 'resolve'
  | 'regress'
  | 'archive'
  | 'unarchive'
  | 'assign'
  | 'remove'
  | 'merge'
  | 'complete'
  | 'delete'
  | 'terminate'
  | 'reset';
export type Act = {
  /** ms after the beginning of the round. */
  at: number;
  do: ActName;
  to?: Person;
  /** Not before the issue is at rest: what comes of an act on top of half-done work is anybody's guess, also a person's. */
  calm?: true;
  /** Of `delete`: as soon as the task is there, before it was verified. */
  early?: true;
};
export type Life = {
  /** Of the issue in Sentry. */
  id: string;
  number: number;
  round: number;
  title: string;
  project: Project;
  environment: string;
  /** Older than the first start, and Sentry sent no webhook of it. */
  old?: true;
  acts: Act[];
};
export type Schedule = { seed: number; away: Person; lives: Life[]; rounds: number };

/** So many issues live at a time; more come in the next round. One development server takes about seven new issues a second. */
export const ROUND_ISSUES = 150;
/** A round lasts so long at least, and so much longer per issue: then two cores keep up, and every fault has its turn. */
const ROUND_MS = 45_000;
const PER_ISSUE_MS = 300;
/** Issues appear in the first part of a round, the rest of their lives follows. */
const RAISED_WITHIN = 0.5;
const ACTS_MAX = 6;
/** Between the acts of a hasty life: many of them fall into a read. */
const HASTE_MS = 2_000;
/** Far above what the sandbox numbers by itself. */
const FIRST_ID = 7_000_000_000;
/** The number of the issue into which others are merged: it is only raised. */
export const SURVIVOR = 0;
/** Issues are merged within a project. */
const SURVIVORS_PROJECT: Project = 'shop';
/** Of the last acts of lives. */
const REMOVED_SHARE = 0.08;
const MERGED_SHARE = 0.1;
/** Of lives with more than one act: their task is deleted as soon as it is there. Later it would have been verified. */
const EARLY_SHARE = 0.1;
/**
 * Of lives: each of their acts in Sentry waits until the issue is at rest. In the others the turns of a slow minute fold into one,
 * and no transition is seen by itself.
 */
const PATIENT_SHARE = 0.4;
const IN_SENTRY: readonly ActName[] = ['resolve', 'regress', 'archive', 'unarchive', 'assign', 'remove', 'merge'];
/** The first of a round after the survivor go through every turn in order, so that each is seen by itself on a slow machine too. */
const WHOLE_LIVES = 24;
const WHOLE_KINDS = 6;
/** They begin early, since their turns wait for each other, and take the greater part of a round. */
const WHOLE_RAISED_MS = 15_000;
const WHOLE_TURN_MS = 9_000;
/** A prime, so that neighbouring seeds share no generator. */
const STRIDE = 1_000_003;

/** Of the issue with this number, in Sentry. */
export function idOf(number: number): string {
  return String(FIRST_ID + number);
}

export function roundLength(issues: number): number {
  return ROUND_MS + PER_ISSUE_MS * Math.min(issues, ROUND_ISSUES);
}

/** More would be more than ten of a project within an hour, which wait for a person (issue/feed.ts, GONE_MAX). */
const REMOVED_AMONG = 100;

export type Kinds = Pick<Weather, 'handsOnTemporal' | 'lives' | 'backlog'>;

/** Pure. */
export function scheduleOf(seed: number, issues: number, kinds: Kinds): Schedule {
  const away = pick(random(seed), ['anna', 'piotr', 'ewa'] as const);
  const lives = Array.from({ length: issues }, (_, number) => lifeOf(seed, number, issues, away, kinds));
  return { seed, away, lives, rounds: Math.ceil(issues / ROUND_ISSUES) };
}

function lifeOf(seed: number, number: number, issues: number, away: Person, kinds: Kinds): Life {
  const next = random(seed * STRIDE + number + 1);
  const length = roundLength(issues);
  const skipped = next() < 0.08;
  const life: Life = {
    id: idOf(number),
    number,
    round: Math.floor(number / ROUND_ISSUES),
    title: `Error: chaos ${seed}, number ${number}`,
    project: number === SURVIVOR ? SURVIVORS_PROJECT : pick(next, PROJECTS),
    environment: skipped && number !== SURVIVOR ? SKIPPED : PRODUCTION,
    acts: [],
  };
  if (kinds.lives === 'all' && isWhole(number)) return wholeLife(life, next, away);
  let at = Math.floor(next() * length * RAISED_WITHIN);
  life.acts.push({ at, do: 'raise' });
  if (next() * 100 < kinds.backlog && number !== SURVIVOR) return { ...life, old: true };
  const left = kinds.lives === 'raised' || number === SURVIVOR ? 0 : Math.floor(next() * ACTS_MAX);
  const early = kinds.lives === 'all' && !skipped && left > 0 && next() < EARLY_SHARE;
  if (early) life.acts.push({ at, do: 'delete', early: true });
  const patient = kinds.lives === 'all' && next() < PATIENT_SHARE;
  let state: State = { sentry: 'open', byHand: false, deleted: early, hands: false };
  for (let i = 0; i < left; i += 1) {
    at += Math.floor(next() * (kinds.lives === 'hasty' ? HASTE_MS : (length - at) / (left - i)));
    const last = i === left - 1 && kinds.lives === 'all' ? endIn(life, state, next) : undefined;
    const drawn = last ?? actIn(state, next, away, kinds, skipped);
    const act: Drawn = patient && IN_SENTRY.includes(drawn.do) ? { ...drawn, calm: true } : drawn;
    life.acts.push({ at, ...act });
    state = after(state, act);
  }
  return life;
}

function isWhole(number: number): boolean {
  const inRound = number % ROUND_ISSUES;
  return inRound > SURVIVOR && inRound <= WHOLE_LIVES;
}

/** Every turn one after the other, each when the issue is at rest; some are gone in the end. */
function wholeLife(life: Life, next: () => number, away: Person): Life {
  const kind = life.number % WHOLE_KINDS;
  const end: ActName = kind === 1 && life.number < REMOVED_AMONG ? 'remove' : kind === 2 ? 'merge' : 'resolve';
  const able = PEOPLE.filter((p) => p !== away);
  const from = Math.floor(next() * WHOLE_RAISED_MS);
  const turns: Drawn[] = [
    { do: 'resolve' },
    { do: 'regress' },
    { do: 'assign', to: pick(next, able) },
    { do: 'archive' },
    { do: 'unarchive' },
    { do: end },
  ];
  const acts = turns.map((turn, i): Act => ({ ...turn, at: from + (i + 1) * WHOLE_TURN_MS, calm: true }));
  const project = end === 'merge' ? SURVIVORS_PROJECT : life.project;
  return { ...life, project, environment: PRODUCTION, acts: [{ at: from, do: 'raise' }, ...acts] };
}

/** Some are gone from Sentry in the end; none whose workflow may have forgotten that it was ever there. */
function endIn({ number, project }: Life, { hands }: State, next: () => number): Drawn | undefined {
  const drawn = next();
  if (hands) return undefined;
  if (drawn < REMOVED_SHARE && number < REMOVED_AMONG) return { do: 'remove' };
  return drawn > 1 - MERGED_SHARE && project === SURVIVORS_PROJECT ? { do: 'merge' } : undefined;
}

/** `byHand`: completed in Asana, so that only what is done at rest has one right end. */
type State = {
  sentry: 'open' | 'resolved' | 'archived';
  byHand: boolean;
  deleted: boolean;
  /** Its workflow was terminated or reset. */
  hands: boolean;
};
type Drawn = Omit<Act, 'at'>;

function actIn(state: State, next: () => number, away: Person, kinds: Kinds, skipped: boolean): Drawn {
  const calm = state.byHand ? ({ calm: true } as const) : {};
  const choices: [number, () => Drawn][] = [];
  if (state.sentry === 'open') {
    choices.push([4, () => ({ do: 'resolve', ...calm })], [2, () => ({ do: 'archive', ...calm })]);
    choices.push([3, () => ({ do: 'repeat' })]);
    const able = PEOPLE.filter((p) => p !== away);
    choices.push([3, () => ({ do: 'assign', to: pick(next, able), ...(next() < 0.5 ? { calm: true } : calm) })]);
    if (!skipped && !state.byHand && !state.deleted) {
      choices.push([2, () => ({ do: 'complete', calm: true })]);
      choices.push([1, () => ({ do: 'delete', calm: true })]);
    }
  } else {
    choices.push([4, () => ({ do: state.sentry === 'resolved' ? 'regress' : 'unarchive', ...calm })]);
    if (state.sentry === 'resolved') choices.push([2, () => ({ do: 'repeat', ...calm })]);
  }
  if (kinds.handsOnTemporal) choices.push([1, () => ({ do: 'terminate' })], [1, () => ({ do: 'reset' })]);
  let drawn = next() * choices.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, make] of choices) if ((drawn -= weight) < 0) return make();
  return { do: 'repeat' };
}

function after(state: State, act: Drawn): State {
  switch (act.do) {
    case 'resolve':
      return { ...state, sentry: 'resolved' };
    case 'archive':
      return { ...state, sentry: 'archived' };
    case 'regress':
    case 'unarchive':
      return { ...state, sentry: 'open' };
    case 'repeat':
      // An event of a resolved issue is its regression.
      return { ...state, sentry: state.sentry === 'resolved' ? 'open' : state.sentry };
    case 'complete':
      return { ...state, byHand: true };
    case 'delete':
      return { ...state, deleted: true };
    case 'terminate':
    case 'reset':
      return { ...state, hands: true };
    case 'raise':
    case 'assign':
    case 'remove':
    case 'merge':
      return state;
  }
}

function pick<T>(next: () => number, from: readonly T[]): T {
  return from[Math.floor(next() * from.length)] as T;
}
