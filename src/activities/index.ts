/** All activities, as the contract names them. */
import type { Activities } from '../contract';
import { withAbilities } from './able';
import { lookAround, reportAlert, tellAlert } from './alerts';
import { selectAssignee } from './assignee';
import { audit } from './audit';
import { checkAvailability } from './availability';
import { tell } from './chat';
import type { Deps } from './deps';
import { rebuild } from './rebuild';
import { applyRules, findPerson } from './rules';
import { countGone, hintIssue, linkIssue, readIssue, resolveIssue } from './source';
import { closeStorm, readStorm, showStorm, tellHeld } from './storm';
import { sweepSource } from './sweep';
import {
  assignTask,
  comment,
  completeTask,
  ensureDetails,
  ensureSubtasks,
  ensureTask,
  findTask,
  verifyTask,
} from './tracker';
import { mergeDuplicates } from './duplicates';

export function createActivities(deps: Deps): Activities {
  const activities: Activities = {
    readIssue: readIssue(deps),
    sweepSource: sweepSource(deps),
    mergeDuplicates: mergeDuplicates(deps),
    audit: audit(deps),
    rebuild: rebuild(deps),
    applyRules: applyRules(deps),
    findPerson: findPerson(deps),
    checkAvailability: checkAvailability(deps),
    selectAssignee: selectAssignee(deps),
    ensureTask: ensureTask(deps),
    findTask: findTask(deps),
    ensureDetails: ensureDetails(deps),
    ensureSubtasks: ensureSubtasks(deps),
    verifyTask: verifyTask(deps),
    assignTask: assignTask(deps),
    completeTask: completeTask(deps),
    comment: comment(deps),
    linkIssue: linkIssue(deps),
    resolveIssue: resolveIssue(deps),
    countGone: countGone(deps),
    hintIssue: hintIssue(deps),
    tell: tell(deps),
    readStorm: readStorm(deps),
    tellHeld: tellHeld(deps),
    showStorm: showStorm(deps),
    closeStorm: closeStorm(deps),
    lookAround: lookAround(deps),
    tellAlert: tellAlert(deps),
    reportAlert: reportAlert(deps),
  };
  return withAbilities(activities, deps.can);
}
