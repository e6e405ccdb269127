/** Calamari: who is away now. */
import { ErrandError } from '../errors';
import type { Reads } from '../core/issue/activities';
import type { Availability } from '../core/issue/decision';
import type { Deps } from './deps';
import { coded, signal } from './failure';

/**
 * The pauses are those of the policy, whatever Calamari asks for: a task does not wait for hours until it is known who is away. The
 * calls that must not be made are refused by our own budget, so that an attempt costs nothing.
 */
async function soon<T>(run: Promise<T>): Promise<T> {
  try {
    return await run;
  } catch (e) {
    if (e instanceof ErrandError && e.retryAfter !== undefined) throw new ErrandError(e.code, e.detail);
    throw e;
  }
}

/** Reads only. Without Calamari, and for people without an address there, nothing is known: they count as available. */
export function checkAvailability({ rules, availability: calamari }: Deps): Reads['checkAvailability'] {
  return coded(async ({ people, at, ahead }) => {
    const inForce = rules();
    const answer: Availability = Object.fromEntries(people.map((key) => [key, 'unknown']));
    const asked = people.flatMap((key) => {
      const person = inForce.people[key];
      return person?.calamari ? [{ key, email: person.calamari, timezone: person.timezone }] : [];
    });
    if (!calamari || asked.length === 0) return answer;
    return { ...answer, ...(await soon(calamari.absentAt(asked, at, ahead, { signal: signal() }))) };
  });
}
