/** The one wrapper around every activity that writes to a vendor: what the installation cannot do, or may not, is not tried. */
import { Context } from '@temporalio/activity';
import { refOf, type Activities } from '../contract';
import { ErrandError } from '../errors';
import type { Abilities } from '../core/issue/settings';
import { noToken } from './deps';
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
/** Why, in words. @param source its name */
const lackOf = (ability: keyof Abilities, source: string): string =>
  ({
    write: 'MODE is observe.',
    source: noToken(source),
    installation: 'No installation is known.',
    chat: 'SLACK_BOT_TOKEN is not set.',
  })[ability];

type Run = (input: unknown) => Promise<unknown>;

/** The activities, of which none writes what this installation cannot. A refused one says what it can do now. */
export function withAbilities(activities: Activities, canOf: (source: string) => Abilities): Activities {
  const refusing = coded(
    (lack: string) => Promise.reject(new ErrandError('not_able', lack)),
    () => ({ details: [canOf(sourceName())] }),
  );
  const guarded = ([name, run]: [string, Run]): [string, Run] => {
    const needs = WRITES[name as Name];
    if (!needs) return [name, run];
    const work: Run = (input) => {
      const source = sourceName();
      const can = canOf(source);
      const lacks = (['write', ...needs] as const).find((ability) => !can[ability]);
      return lacks === undefined ? run(input) : refusing(lackOf(lacks, source));
    };
    return [name, work];
  };
  return Object.fromEntries(
    Object.entries(activities as unknown as Record<string, Run>).map(guarded),
  ) as unknown as Activities;
}

/** Of the issue whose workflow asks; '' when another one does. */
function sourceName(): string {
  return refOf(Context.current().info.workflowExecution?.workflowId ?? '')?.source ?? '';
}
