/** The two ways in which an issue speaks: its timeline, and the notes that it has for the task and the chat. */
import type { Instant } from '../refs';
import type { Command } from './facts';
import type { IssueRecord } from './record';
import type { IssueSnapshot } from './snapshot';
import type { Note } from './steps';
import { sourceOf } from './named';
import { timeWords } from '../time';
import { counted } from './words';

/** Adds a note to be said; nothing while an operator has muted the issue. */
export function addNote(r: IssueRecord, on: 'task' | 'chat', note: Note, now: Instant): void {
  if (r.due.unmute && r.due.unmute > now) return;
  // A later life of the same issue counts anew, and looks for its key on the same task.
  const key = `${note.key}.${r.epoch}`;
  if (r.pending.some((o) => o.on === on && o.note.key === key)) return;
  r.pending.push({ on, note: { ...note, key }, since: now });
}

/** Adds to the timeline; the same thing said again only moves its time. */
export function say(r: IssueRecord, what: string, now: Instant): void {
  const last = r.timeline.at(-1);
  if (last?.what === what) last.at = now;
  else r.timeline.push({ at: now, what });
}

/** What a hint was, for the timeline; those of sweeps no webhook brings. */
export function heard(what: string, source: string): string {
  if (what.startsWith('merged ')) return `${what} in ${source}`;
  if (what === 'rebuilt') return 'followed again after Temporal’s database was lost';
  if (what === 'missed') return 'a sweep did not find its task in the tracker';
  if (what === 'unlisted') return `a sweep did not find it in ${source}’s list`;
  if (what === 'duplicates') return 'a sweep found duplicate tasks of this issue';
  return what === 'swept' ? `a sweep found that ${source} shows another state` : `${source} sent ${what}`;
}

/** Who wanted what, for the timeline. @param from whose it was until then, by name @param zone IANA, for times */
export function commandedWords(command: Command, from: string | null, zone: string | undefined): string {
  if (command.do === 'retry' && command.released) return `released by ${command.by}`;
  const asked = `${command.by} asked: ${command.do}`;
  if (command.do === 'mute') return `${asked} until ${timeWords(command.until, zone)}`;
  if (command.do !== 'reassign') return asked;
  const to = command.name ?? command.to;
  return `${asked}${from === null || from === to ? '' : ` from ${from}`} to ${to}`;
}

/** What the first read found. */
export function readWords({ status, events, lacks }: IssueSnapshot, source: string): string {
  const seen = `read in ${source}: ${status}${events === null ? '' : `, ${counted(events, 'event')}`}`;
  return lacks ? `${seen}, without ${lacks.join(' and ')}` : seen;
}

/** Why an issue that cannot be read is not there. */
export function missingWords(r: Pick<IssueRecord, 'can' | 'ref'>): string {
  return r.can.source
    ? `${sourceOf(r)} has answered 404 for 10 minutes.`
    : 'No webhook has shown it, and there is no token to read it.';
}
