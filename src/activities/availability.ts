/** Calamari: who is away now. */
import type { Availability, Reads } from '../types';
import type { Deps } from './deps';
import { coded, signal } from './failure';

/** Reads only. Without Calamari, and for people without an address there, nothing is known: they count as available. */
export function checkAvailability({ rules, calamari }: Deps): Reads['checkAvailability'] {
  return coded(async ({ people, at, ahead }) => {
    const inForce = rules();
    const answer: Availability = Object.fromEntries(people.map((key) => [key, 'unknown']));
    const asked = people.flatMap((key) => {
      const person = inForce.people[key];
      return person?.calamari ? [{ key, email: person.calamari, timezone: person.timezone }] : [];
    });
    if (!calamari || asked.length === 0) return answer;
    return { ...answer, ...(await calamari.absentAt(asked, at, ahead, { signal: signal() })) };
  });
}
