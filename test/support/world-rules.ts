/** The rules and people of the test worlds. Each life has a Sentry project, and so a rule, of its own where it needs one. */

/**
 * Key → address. Calamari's answers are remembered for minutes, so whoever is away in one life appears in no other.
 * The sandbox is born with the first three; the others are made when the world starts.
 */
export const BORN_PEOPLE = ['anna', 'piotr', 'ewa'] as const;
export const MADE_PEOPLE = ['lena', 'marek', 'nina', 'oskar', 'gosia', 'hania'] as const;
export const emailOf = (person: string): string => `${person}@example.com`;

const person = (key: string): string =>
  `  ${key}: { asana: ${emailOf(key)}, calamari: ${emailOf(key)}, sentry: ${emailOf(key)} }`;

/** Durations that let a life pass in seconds. Nothing in the tests depends on how short they are. */
export const RULES = `
version: 1
timezone: Europe/Warsaw
settings:
  verifyAfter: 1s
  unknownOutcome: [1s, 2s]
  goneAfter: [1s, 1s]
  retry: { attempts: 3, first: 100ms, max: 1s }
  availability: { wait: 1s, again: 2s, ahead: 1h }
  attentionAgain: 2s
  quiet: { first: 100ms, max: 1s }
  maxNewTasks: 10000
people:
${[...BORN_PEOPLE, ...MADE_PEOPLE].map(person).join('\n')}
teams:
  backend: { members: [anna, piotr], lead: ewa, rotation: fixed }
  holiday: { members: [lena, marek], rotation: fixed }
  alone: { members: [nina], rotation: fixed }
  late: { members: [oskar], rotation: fixed }
  guests: { members: [gosia], rotation: fixed }
  late-guests: { members: [hania], rotation: fixed }
  turns: { members: [anna, piotr, ewa], rotation: roundRobin }
projects:
  details:
    asana: { workspace: Acme, project: Errors, section: In progress }
    fields: { Severity: error, Release: shop@1 }
  '*': { asana: { workspace: Acme, project: Errors, section: Inbox } }
rules:
  - { id: not-deployed, when: { environment: [local, 'ci-*'] }, then: { skip: not a deployed environment } }
  - { id: holiday, when: { project: holiday }, then: { assign: { team: holiday } } }
  - { id: alone, when: { project: alone }, then: { assign: { team: alone } } }
  - { id: guests, when: { project: guests }, then: { assign: { team: guests } } }
  - { id: late-guests, when: { project: late-guests }, then: { assign: { team: late-guests } } }
  - { id: details, when: { project: details }, then: { assign: { team: backend }, followers: [piotr] } }
  - { id: late, when: { project: late }, then: { assign: { team: late } } }
  - { id: turns, when: { project: turns }, then: { assign: { team: turns } } }
  - { id: everything-else, when: any, then: { assign: { team: backend } } }
`;
