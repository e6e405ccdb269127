/** Plays many interleavings of a seed, and makes the first that breaks a promise as simple as it can be. */
import { caseOf, Choices, drawn, shrunk } from './choices';
import type { Product } from './load';
import type { Broken } from './engine';
import { play, type Outcome } from './simulation';

/** Choices of the longest interleaving; simple faults need five of them, and time grows with their number. */
export const LONGEST = 30;

export type Found = { n: number; broken: Broken; case: string; story: string[] };
export type Explored = { played: number; steps: number; found?: Found };

export function replayed(product: Product, list: readonly number[]): Promise<Outcome> {
  return play(product, new Choices(list));
}

/** @param progress is told after each, and says whether to go on */
export async function explore(
  product: Product,
  { seed, count, from = 0 }: { seed: number; count: number; from?: number },
  progress: (played: number) => boolean = () => true,
): Promise<Explored> {
  let steps = 0;
  for (let n = from; n < from + count; n += 1) {
    const list = drawn(seed, n, LONGEST);
    const outcome = await replayed(product, list);
    steps += outcome.steps;
    const played = n - from + 1;
    if (outcome.broken) return { played, steps, found: await simplest(product, n, list, outcome.broken) };
    if (!progress(played)) return { played, steps };
  }
  return { played: count, steps };
}

async function simplest(product: Product, n: number, list: number[], { invariant }: Broken): Promise<Found> {
  const fails = async (one: readonly number[]): Promise<boolean> =>
    (await replayed(product, one)).broken?.invariant === invariant;
  const best = await shrunk(list, fails);
  const { broken, story } = await replayed(product, best);
  if (!broken) throw new Error(`The case ${caseOf(best)} does not fail again.`);
  return { n, broken, case: caseOf(best), story: story() };
}

export function wordsOf({ n, broken, case: text, story }: Found): string {
  return [`interleaving ${n}: ${broken.invariant}: ${broken.what}`, ...story, `Case: ${text || '(none)'}`].join('\n  ');
}
