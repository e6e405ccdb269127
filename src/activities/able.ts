/** The one wrapper around every activity that writes to a vendor: what the installation cannot do, or may not, is not tried. */
import type { Activities } from '../contract';
import { ErrandError } from '../errors';
import type { Abilities } from '../core/issue/settings';
import { coded } from './failure';

type Name = keyof Activities;

/** What each write needs besides `MODE=live`. An activity that is not here writes to no vendor. */
const WRITES: Partial<Record<Name, (keyof Abilities)[]>> = {
  ensureTask: [],
  ensureDetails: [],
  ensureSubtasks: [],
  assignTask: [],
  completeTask: [],
  comment: [],
  linkIssue: ['source'],
  resolveIssue: ['source'],
  tell: ['chat'],
  showStorm: [],
  closeStorm: [],
  tellAlert: ['chat'],
};
const NO: Record<keyof Abilities, string> = {
  write: 'MODE is observe.',
  source: 'SENTRY_AUTH_TOKEN is not set.',
  installation: 'No installation is known.',
  chat: 'SLACK_BOT_TOKEN is not set.',
};

/** The activities, of which none writes what this installation cannot. A refused one says what it can do now. */
export function withAbilities(activities: Activities, can: Abilities): Activities {
  const refused = Object.entries(WRITES).flatMap(([name, needs]) => {
    const lacks = (['write', ...needs] as const).find((ability) => !can[ability]);
    return lacks === undefined ? [] : [[name, refusing(lacks, can)] as const];
  });
  return { ...activities, ...(Object.fromEntries(refused) as Partial<Activities>) };
}

function refusing(lacks: keyof Abilities, can: Abilities): (input: unknown) => Promise<never> {
  return coded(
    () => Promise.reject(new ErrandError('not_able', NO[lacks])),
    () => ({ details: [can] }),
  );
}
