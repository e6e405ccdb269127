/** The record told to people: rows, details, and the words on Temporal's Web UI. */
import type { SourceMark } from '../feed/record';
import type { Instant } from '../refs';
import type { Decision } from './decision';
import type { IssueRecord } from './record';
import type { IssueSnapshot } from './snapshot';
import type { Explanation, IssueDetail } from './view';
import type { IssueView } from './row';
import { workflowIdOf } from '../../contract';
import { HELD } from './attention';
import { REPEATED } from './doubt';
import { abilityWord } from './able';
import { isGone } from './gone';
import { namedOf, sourceOf } from './named';
import { chosenName, knownName, nameOf } from './names';
import { isUnlinked, mustDecide, plan } from './plan';
import { currentDecision, wantedAssignee } from './wanted';
import { nextWake } from './wake';
import { timeWords } from '../time';
import { counted, pendingWords, sizeWords, stepWords } from './words';
import { titleOf } from '../vendor';

/** Keeps a list's row within the 2 KiB that Temporal warns at for a memo. */
const ROW_TITLE_MAX = 200;

export function viewOf(r: IssueRecord): IssueView {
  const { seen, earlier } = r;
  const shown = shownOf(r);
  const assignee = wantedAssignee(r);
  return {
    id: workflowIdOf(r.ref),
    shortId: shown?.shortId ?? earlier?.shortId ?? null,
    title: (shown ?? earlier)?.title?.slice(0, ROW_TITLE_MAX) ?? null,
    project: (shown ?? earlier)?.project ?? null,
    level: (shown ?? earlier)?.level ?? null,
    state: r.state,
    attention: r.attention.map(({ step, code, since, tries }) => ({ step, code, since, tries })).filter(firstOfKind),
    rule: currentDecision(r)?.rule ?? (seen ? null : (earlier?.rule ?? null)),
    assignee,
    assigneeName: assignee === null ? null : (knownName(r, assignee) ?? null),
    task: r.task ?? (seen ? null : (earlier?.task ?? null)),
    events: (shown ?? earlier)?.events ?? null,
    users: (shown ?? earlier)?.users ?? null,
    firstSeen: (shown ?? earlier)?.firstSeen ?? null,
    lastSeen: (shown ?? earlier)?.lastSeen ?? null,
    changedAt: r.changedAt,
    url: (shown ?? earlier)?.url ?? null,
  };
}

/** What is known of the issue: as it was read, else as a webhook told it, which nothing is done by while Sentry can be asked. */
function shownOf({ seen, seed }: IssueRecord): IssueSnapshot | undefined {
  return seen ?? seed;
}

/** Twenty comments that fail for one reason are one line. */
function firstOfKind(a: IssueView['attention'][number], i: number, all: IssueView['attention']): boolean {
  return all.findIndex((b) => b.step === a.step && b.code === a.code) === i;
}

/** undefined before the first read */
export function markOf(r: IssueRecord): SourceMark | undefined {
  const { seen, agreed, unlisted } = r;
  if (!seen) return undefined;
  return {
    status: agreed.source ?? seen.status,
    assignee: agreed.sourceAssignee ?? null,
    ...(unlisted === undefined ? {} : { unlisted }),
    ...(isUnlinked(r) ? { unlinked: true } : {}),
    can: abilityWord(r.can),
  };
}

export function detailOf(r: IssueRecord, now: Instant): IssueDetail {
  return {
    ...viewOf(r),
    attention: r.attention,
    title: shownOf(r)?.title ?? r.earlier?.title ?? null,
    category: shownOf(r)?.category ?? null,
    decision: currentDecision(r) ?? null,
    override: overrideOf(r),
    timeline: r.timeline,
    rejects: r.rejects,
    next: nextWords(r, now),
  };
}

/** With the name of whoever was chosen. */
function overrideOf(r: IssueRecord): IssueDetail['override'] {
  const { override } = r;
  if (!override) return null;
  const name = override.assign === null ? undefined : knownName(r, override.assign);
  return name === undefined ? override : { ...override, name };
}

export function explanationOf(r: IssueRecord): Explanation {
  const d = currentDecision(r);
  return {
    decision: d ? { rule: d.rule, rulesHash: d.rulesHash, at: d.at, reasons: d.reasons } : null,
    text: explain(r, d),
  };
}

/** The tree of reasons is told by the API and the command line, which may load the words; here they stand in `decision`. */
function explain(r: IssueRecord, d: Decision | undefined): string {
  if (!d) return 'Nothing has been decided yet.';
  const verdict = 'skip' in d.verdict ? `No task: ${d.verdict.skip}` : `The task goes to ${chosenName(d) ?? 'nobody'}.`;
  const lines = [`Rule ${d.rule} decided at ${timeWords(d.at, r.settings.timezone)}. ${verdict}`];
  if (d.degraded) lines.push('It could not be found out who is available; this is decided again.');
  const { override } = r;
  if (override) lines.push(`Since then ${override.by} gave it to ${nameOf(r, override.assign)}.`);
  return lines.join(' ');
}

/** One sentence: what happens next, and why. */
export function nextWords(r: IssueRecord, now: Instant): string {
  const next = plan(r, now)[0];
  const wake = nextWake(r, now)?.at;
  if (next) return `Now: ${pendingWords(next, namedOf(r))}.`;
  const decision = mustDecide(r, now);
  if (decision) return `Now: ${decision === 'new' ? 'decide who gets it' : 'check whether the decision still holds'}.`;
  if (r.attention.length > 0) {
    if (r.attention.every((a) => a.code === HELD))
      return 'Waits for the rate limit: too many new issues of its project came at once. `errand release` makes all waiting tasks now.';
    if (r.attention.every((a) => a.code === REPEATED))
      return `Needs a person: a webhook came a second time with the same body and may be a replay. Compare the issue with ${sourceOf(r)}: \`resolve\` if it is resolved there, \`retry\` with the code ${REPEATED} if it is as shown here.`;
    const failed = r.attention
      .map((a) => `could not ${stepWords(a.step, namedOf(r))} (${a.code}, ${a.tries}×: ${a.message})`)
      .join(', ');
    const again = r.attention.flatMap((a) => (a.code === REPEATED ? [] : [a.again])).sort()[0];
    return `Needs a person: ${failed}. Tried again at ${timeWords(again ?? now, r.settings.timezone)}, or at once after \`retry\`.`;
  }
  const silent = r.due.unmute ? ` Silent until ${timeWords(r.due.unmute, r.settings.timezone)}.` : '';
  // What it can is told by the first read.
  if (r.seen && !r.can.write) return 'Observe mode: everything is decided and recorded, nothing is written.';
  return restWords(r, wake) + silent + unwritten(r);
}

/** The variable that lets the source be read: named after it. */
const tokenOf = ({ ref }: IssueRecord): string => `${ref.source.toUpperCase()}_AUTH_TOKEN`;

/** What is done here and not in the source. */
function unwritten(r: IssueRecord): string {
  if (r.can.source || r.state === 'new' || r.state === 'skipped' || r.state === 'done') return '';
  return ` Nothing is read from or written to ${sourceOf(r)}: there is no ${tokenOf(r)}.`;
}

function restWords(r: IssueRecord, wake: Instant | undefined): string {
  if (r.due.gone && !isGone(r))
    return `${sourceOf(r)} does not show it any more. It is read again at ${timeWords(r.due.gone, r.settings.timezone)}, before that counts as a deletion.`;
  switch (r.state) {
    case 'new':
      if (r.missingSince && !r.can.source)
        return `Waits for a webhook that shows the issue: there is no ${tokenOf(r)} to read it with.`;
      if (r.seen) return `Waits: ${sourceOf(r)} shows a status that Errand does not know.`;
      return r.missingSince
        ? `${sourceOf(r)} does not know the issue yet; read again at ${wake ? timeWords(wake, r.settings.timezone) : 'the next event'}.`
        : `The issue is being read in ${sourceOf(r)}.`;
    case 'open':
      if (r.due.verify)
        return `The task is checked once more at ${timeWords(r.due.verify, r.settings.timezone)}. Then it waits for ${sourceOf(r)} or an operator.`;
      if (r.due.decideAgain)
        return `Nobody could be assigned; decided again at ${timeWords(r.due.decideAgain, r.settings.timezone)}.`;
      return `Waits until ${sourceOf(r)} or an operator says that something changed.`;
    case 'resolved':
      if (r.due.gone)
        return `Quiet: ${r.because ?? 'gone'}. Read once more at ${timeWords(r.due.gone, r.settings.timezone)}, in case that was wrong.`;
      return `${r.can.source || r.agreed.source === 'resolved' ? 'Closed on both sides' : `Closed here; in ${sourceOf(r)} it is not`}. Waits until ${r.due.finish ? timeWords(r.due.finish, r.settings.timezone) : 'its end'} for a regression, which would reopen the same task.`;
    case 'muted':
      if (r.taskDeleted && r.agreed.source !== 'archived')
        return `Quiet: ${r.because ?? 'muted'}. Waits until it regresses. \`recheck\` makes a task now.`;
      return `Quiet: ${r.because ?? 'muted'}. Waits until it is opened again in ${sourceOf(r)}.`;
    case 'skipped':
      if (r.override)
        return `No task, by rule ${currentDecision(r)?.rule ?? ''}, so there is nothing to assign to ${nameOf(r, r.override.assign)} now. If the rules want a task later, it is assigned to them. To have one now, change the rules and \`recheck\`.`;
      return `No task, by rule. Read again at most once an hour when ${sourceOf(r)} sends something.`;
    case 'done':
      return `Over: ${r.because ?? 'done'}.`;
  }
}

/** Static summary at the top of the Web UI's page (200 bytes at most). */
export function summaryOf(title: string, shortId: string | undefined): string {
  return bytes(`${shortId ? `${shortId}: ` : ''}${title}`, 190);
}

function bytes(text: string, max: number): string {
  let out = '';
  let used = 0;
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0;
    used += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (used > max) return `${out}…`;
    out += c;
  }
  return out;
}

/** Makes any text safe inside the Web UI's Markdown. */
function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~]/g, (c) => `\\${c}`).replace(/\s+/g, ' ');
}

/** Markdown for `setCurrentDetails`: reads like a report to somebody who knows nothing of the code. */
export function currentDetailsOf(r: IssueRecord, now: Instant): string {
  const v = viewOf(r);
  const d = currentDecision(r);
  const lines = [
    `**${plain(v.title ?? `${sourceOf(r)} issue ${r.ref.id}`)}**`,
    '',
    `State: **${r.state}**${r.because ? ` (${plain(r.because)})` : ''}. ${plain(nextWords(r, now))}`,
    '',
  ];
  if (v.url)
    lines.push(
      `- ${sourceOf(r)}: [${plain(v.shortId ?? r.ref.id)}](${v.url}), ${plain(sizeWords({ ...v, category: r.seen?.category ?? null }))}`,
    );
  if (v.task) lines.push(`- ${titleOf(v.task.tracker)}: [task ${v.task.id}](${v.task.url})`);
  if (d)
    lines.push(
      `- Rule: \`${d.rule}\`, assignee: **${plain(v.assigneeName ?? v.assignee ?? 'nobody')}**${r.override ? ` (chosen by ${plain(r.override.by)})` : ''}`,
    );
  for (const a of r.attention)
    lines.push(`- ⚠ could not **${stepWords(a.step, namedOf(r))}**, ${a.tries}×, \`${a.code}\`: ${plain(a.message)}`);
  if (r.rejects.length > 0)
    lines.push(
      `- ${counted(r.rejects.length, 'signal')} could not be understood, the last: ${plain(r.rejects.at(-1)?.what ?? '')}`,
    );
  lines.push(
    '',
    'What happened:',
    '',
    ...r.timeline.slice(-15).map((t) => `- ${timeWords(t.at, r.settings.timezone)} ${plain(t.what)}`),
  );
  lines.push(
    '',
    'To act: signal `resolve`, `retry`, `recheck`, `mute`, `unmute`, or `reassign` with `{"to":"<person>"}`.',
  );
  return lines.join('\n');
}
