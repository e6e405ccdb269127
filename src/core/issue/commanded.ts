/** What an operator's act changes in the record. */
import type { Instant } from '../refs';
import type { Command } from './facts';
import type { IssueRecord } from './record';
import { clearAttention, undecided } from './attention';
import { undoubted, REPEATED } from './doubt';
import { giveUp } from './gone';
import { close, reopen } from './life';
import { nameOf } from './names';
import { wantedAssignee } from './wanted';
import { commandedWords, say } from './story';
import { means } from '../vendor';

export function commanded(r: IssueRecord, command: Command, now: Instant): void {
  r.asks = r.asks.filter((a) => a.id !== command.id);
  if (r.commands.includes(command.id)) return;
  r.commands.push(command.id);
  const from = wantedAssignee(r);
  say(r, commandedWords(command, from === null ? null : nameOf(r, from), r.settings.timezone), now);
  switch (command.do) {
    case 'resolve':
      undoubted(r);
      close(r, command.by, now);
      return giveUp(r, now);
    case 'reassign':
      return choose(r, command.to, command.by, command.id);
    case 'retry':
      return retried(r, command.code, now);
    case 'recheck':
      r.look = true;
      if (r.task) r.due.verify = now;
      // Of one that is archived in Sentry too, no task is wanted before Sentry shows it as unresolved again.
      if (r.state === 'muted' && r.taskDeleted && r.agreed.source !== 'archived') reopen(r, now);
      return;
    case 'unmute':
      delete r.due.unmute;
      return;
    case 'mute':
      r.due.unmute = command.until;
      r.pending = [];
      return;
  }
}

/**
 * @param code only what failed with it; undefined: all. What a person has to look at first is confirmed by its code alone, and not along
 * with everything else: that many are gone, and that a webhook only repeated an old one.
 */
function retried(r: IssueRecord, code: string | undefined, now: Instant): void {
  const meant = r.attention.filter((a) => code === undefined || a.code === code);
  for (const a of meant) a.again = now;
  // A person has compared it with Sentry: it is as it is known here.
  if (code === REPEATED) undoubted(r);
  if (meant.some((a) => a.step === 'decide')) r.decide = true;
  if (meant.some((a) => a.step === 'readIssue')) r.look = true;
  if (r.gone?.unconfirmed && code !== undefined && means(code, 'many_gone')) r.gone.confirmed = true;
}

/** A person's choice, which settles whatever the rules could not. */
export function choose(r: IssueRecord, assign: string, by: string, id?: string): void {
  r.override = { assign, by };
  if (r.state === 'resolved' || r.state === 'muted') r.override.whileClosed = true;
  if (id !== undefined) r.override.id = id;
  undecided(r);
  clearAttention(r, 'assignTask');
}
