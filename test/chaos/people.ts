/** The rules of a run, and whom they may choose. Kept beside each other, because the comparison repeats what they say. */
import { GONE_AFTER, UNKNOWN_OUTCOME, VERIFY_AFTER_MS, type Weather } from './weather';

export type Person = 'anna' | 'piotr' | 'ewa' | 'olena';
export const PEOPLE: readonly Person[] = ['anna', 'piotr', 'ewa', 'olena'];
/** Sentry's projects of a run; the rules give each to another team. */
export const PROJECTS = ['shop', 'checkout-web'] as const;
export type Project = (typeof PROJECTS)[number];
export const PRODUCTION = 'production';
/** The issues of {@link IN_TURN} go to the members of this team in turn. */
export const TEAM_IN_TURN = 'web';
export const IN_TURN: Project = 'checkout-web';
/** Issues of this environment get no task. */
export const SKIPPED = 'local';

/** Longer than any run: what is never to come round. */
const NEVER = '30d';

export function emailOf(person: string): string {
  return `${person}@example.com`;
}

/** The text of rules.yaml: times are short, because a run waits for them. */
export function rulesOf({ sweepEvery }: Pick<Weather, 'sweepEvery'>): string {
  const people = PEOPLE.map((p) => `  ${p}: { asana: ${emailOf(p)}, calamari: ${emailOf(p)}, sentry: ${emailOf(p)} }`);
  return `version: 1
timezone: Europe/Warsaw
settings:
  # Its issues are no storm.
  maxNewTasks: 10000
  verifyAfter: ${VERIFY_AFTER_MS}ms
  sweepEvery: ${sweepEvery > 0 ? `${sweepEvery}ms` : NEVER}
  attentionAgain: 3s
  unknownOutcome: [${UNKNOWN_OUTCOME.join(', ')}]
  goneAfter: [${GONE_AFTER.join(', ')}]
  retry: { attempts: 6, first: 500ms, max: 4s }
  availability: { wait: 5s, again: 5s, ahead: 1h }
  quiet: { first: 500ms, max: 2s }
people:
${people.join('\n')}
teams:
  backend: { members: [anna, piotr], lead: olena, rotation: fixed }
  ${TEAM_IN_TURN}: { members: [ewa, anna, olena], lead: piotr, rotation: roundRobin }
projects:
  checkout-*: { asana: { workspace: Acme, project: Checkout bugs, section: Inbox } }
  '*': { asana: { workspace: Acme, project: Errors, section: Inbox } }
rules:
  - { id: not-deployed, when: { environment: [${SKIPPED}] }, then: { skip: not a deployed environment } }
  - { id: web, when: { project: [checkout-*] }, then: { assign: { team: ${TEAM_IN_TURN} } } }
  - { id: everything-else, when: any, then: { assign: { team: backend } } }
`;
}

/** Whom the rules above may choose for an issue of this project while `away` is on leave. */
export function candidatesOf(project: Project, away: Person): Person[] {
  if (project === IN_TURN) return (['ewa', 'anna', 'olena'] as const).filter((p) => p !== away);
  return (['anna', 'piotr'] as const).filter((p) => p !== away).slice(0, 1);
}
