/**
 * One small wrong change each, and the cheapest suite that has to turn red by it. One that stays green is a hole in the tests.
 * Texts are of src/, exact, and stand there once; a quick test sees that they are all still there.
 */
import type { Replacement } from '../chaos/mutations';
import { ERRAND } from './errand';
import { VENDORS } from './vendors';

export type Mutation = Replacement & {
  name: string;
  /** What is broken, in words. */
  what: string;
  /** Below test/, without `.test.ts`. */
  suite: string;
};

export const MUTATIONS: readonly Mutation[] = [...VENDORS, ...ERRAND];
