/** Where every decision of an interleaving comes from: a seed, or the list of one that was drawn before. */

/** At most so many alternatives in one draw: each choice is one character of a case. */
export const ALTERNATIVES_MAX = 62;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A small and good generator (mulberry32): the same seed gives the same numbers everywhere. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Choices are small numbers, of which 0 is always what happens when nothing goes wrong. Beyond the end of the list all are 0, so every
 * list is an interleaving, and a shorter list or a smaller number is a simpler one.
 */
export class Choices {
  private at = 0;

  constructor(readonly list: readonly number[]) {}

  /** Nothing more goes wrong from here on. */
  get over(): boolean {
    return this.at >= this.list.length;
  }

  /** @param below how many alternatives there are */
  draw(below: number): number {
    const choice = this.list[this.at] ?? 0;
    this.at += 1;
    return below <= 1 ? 0 : choice % below;
  }

  /** One of these; the first is the simplest. */
  of<T>(alternatives: readonly [T, ...T[]]): T {
    return alternatives[this.draw(alternatives.length)] ?? alternatives[0];
  }
}

/** The choices of the interleaving `n` of a seed. Half of them are 0, so that things go on between the faults. */
export function drawn(seed: number, n: number, longest: number): number[] {
  const next = generator(Math.imul(seed, 0x9e3779b1) ^ Math.imul(n + 1, 0x85ebca6b));
  const length = 4 + Math.floor(next() * (longest - 4));
  return Array.from({ length }, () => (next() < 0.45 ? 0 : Math.floor(next() * ALTERNATIVES_MAX)));
}

/** One line that replays it. */
export function caseOf(list: readonly number[]): string {
  return trimmed(list)
    .map((n) => ALPHABET[n % ALTERNATIVES_MAX])
    .join('');
}

/** @throws Error when the text is none of {@link caseOf} */
export function parseCase(text: string): number[] {
  return [...text].map((letter) => {
    const n = ALPHABET.indexOf(letter);
    if (n < 0) throw new Error(`"${letter}" is not part of a case.`);
    return n;
  });
}

function trimmed(list: readonly number[]): readonly number[] {
  return list.slice(0, list.findLastIndex((n) => n !== 0) + 1);
}

/**
 * The simplest list that still fails in the same way: parts are left out, then choices become 0, then smaller.
 * @param fails the same way
 */
export async function shrunk(list: readonly number[], fails: (list: number[]) => Promise<boolean>): Promise<number[]> {
  let best = [...trimmed(list)];
  for (let better = true; better;) {
    better = false;
    for (const simpler of simplerThan(best)) {
      if (!isSimpler(simpler, best) || !(await fails(simpler))) continue;
      best = [...trimmed(simpler)];
      better = true;
      break;
    }
  }
  return best;
}

function isSimpler(a: readonly number[], b: readonly number[]): boolean {
  const [x, y] = [trimmed(a), trimmed(b)];
  const sum = (list: readonly number[]): number => list.reduce((total, n) => total + n, 0);
  return x.length < y.length || (x.length === y.length && sum(x) < sum(y));
}

function* simplerThan(list: readonly number[]): Generator<number[]> {
  for (let size = Math.max(1, list.length >> 1); size >= 1; size >>= 1)
    for (let at = 0; at + size <= list.length; at += size) yield [...list.slice(0, at), ...list.slice(at + size)];
  for (let size = Math.max(1, list.length >> 1); size >= 1; size >>= 1)
    for (let at = 0; at + size <= list.length; at += size)
      yield [...list.slice(0, at), ...new Array<number>(size).fill(0), ...list.slice(at + size)];
  for (const [i, n] of list.entries())
    for (const less of new Set([1, n >> 1, n - 1])) if (less > 0 && less < n) yield list.with(i, less);
}
