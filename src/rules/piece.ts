/** What a vendor adds to the rules' form: how people are called there, and of a tracker, where its tasks are made. */
import type { z } from 'zod';
import type { TaskDestination } from '../core/issue/decision';

export type Piece = {
  /** Of the vendor, in the registry; and the key in the rules. */
  name: string;
  /** The form of `people.*.<name>`. */
  person?: z.ZodType<string | undefined>;
  /** The form of `projects.*.<name>`, read as a place in this tracker. */
  place?: z.ZodType<Omit<TaskDestination, 'tracker'>>;
};
