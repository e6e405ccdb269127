/** What webhooks missed: Sentry's list compared with what is known here; whoever differs is told to look again. */
import { Context } from '@temporalio/activity';
import { workflowIdOf } from '../contract';
import { ErrandError } from '../errors';
import type { Sentry } from '../integrations/sentry';
import type { FeedReads, Instant, IssueRef, IssueSnapshot, SweepInput, SweepReport, SweptIssue } from '../types';
import type { Known } from '../temporal/ledger';
import type { Deps } from './deps';
import { coded, signal } from './failure';
import { sendHint } from './hint';

/** Clocks differ, and an event is listed some time after it happened. */
const OVERLAP_MS = 10 * 60_000;
/** A webhook and the workflow's first read take seconds; what is younger may still be on its way. */
const ON_ITS_WAY_MS = 2 * 60_000;

/** The report stands in the history of the feed with every sweep: 2 KB of names at most. */
export const NAMED_MAX = 20;

type Verdict = 'present' | SweptIssue['verdict'] | { alone: string };

/** Pure. @param known undefined: no workflow ever had this id */
export function judge(issue: IssueSnapshot, known: Known | undefined, floor: Instant): Verdict {
  const open = issue.status === 'unresolved';
  if (!known) {
    if (!open) return { alone: `${issue.status} before it was known here` };
    return issue.firstSeen < floor ? { alone: 'older than the first start; import it if it is wanted' } : 'created';
  }
  // Somebody may have ended it before its task was closed; a new run finds the task.
  if (known.over && !open) return known.cut ? 'closed' : { alone: 'over' };
  if (known.over) return 'changed';
  // Its first read is still to come.
  if (!known.mark) return 'present';
  if (issue.status !== known.mark.status) return open ? 'changed' : 'closed';
  // Unassigning is not copied, and somebody whom the rules do not know is nobody.
  return issue.assignee !== null && issue.assignee !== known.mark.assignee ? 'changed' : 'present';
}

/**
 * Everything in it may be repeated: a hint only asks to look again. Heartbeats `{pages, signals}`. Its failure says how often
 * is swept, as its report does: the feed knows the rules from nowhere else.
 */
export function sweepSentry(deps: Deps): FeedReads['sweepSentry'] {
  const { sentry, rules } = deps;
  return coded(
    async (input) => {
      if (!sentry)
        throw new ErrandError('sentry_unauthorized', 'SENTRY_AUTH_TOKEN is not set, so nothing can be swept.');
      return new Sweep(sentry, deps, input, rules().settings.sweepEvery).run();
    },
    () => ({ details: [{ every: rules().settings.sweepEvery }] }),
  );
}

class Sweep {
  private readonly report: SweepReport & { named: SweptIssue[]; more: number };
  private readonly seen = new Set<string>();
  private signals = 0;
  private readonly onItsWay: number;

  constructor(
    private readonly sentry: Sentry,
    private readonly deps: Pick<Deps, 'ledger' | 'sendHints'>,
    private readonly input: SweepInput,
    every: number,
  ) {
    const now = new Date().toISOString();
    const numbers = { expected: 0, present: 0, created: 0, closed: 0, changed: 0, pages: 0, unheard: 0, heard: 0 };
    // With frequent sweeps an issue is found before its webhook could be missed.
    this.onItsWay = Math.min(ON_ITS_WAY_MS, every / 2);
    const { kind, since, dryRun } = input;
    this.report = {
      kind,
      since,
      dryRun,
      startedAt: now,
      endedAt: now,
      ...numbers,
      named: [],
      more: 0,
      leftAlone: {},
      every,
    };
  }

  async run(): Promise<SweepReport> {
    const from = new Date(Date.parse(this.input.since) - OVERLAP_MS).toISOString();
    await this.list('', (issue) => issue.lastSeen >= from);
    if (this.input.kind === 'full') {
      await this.list('is:unresolved', () => true);
      await this.missing();
    }
    return { ...this.report, endedAt: new Date().toISOString() };
  }

  /** Reads pages while `wanted` holds for what is in them; the list is by latest event. */
  private async list(query: string, wanted: (issue: IssueSnapshot) => boolean): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await this.sentry.listIssues(query, cursor, { signal: signal() });
      this.report.pages += 1;
      this.beat();
      const issues = page.issues.filter((issue) => wanted(issue) && !this.seen.has(issue.ref.id));
      const known = await this.deps.ledger.known(issues.map(({ ref }) => workflowIdOf(ref)));
      for (const issue of issues)
        await this.take(issue, judge(issue, known.get(workflowIdOf(issue.ref)), this.input.floor));
      cursor = page.issues.every(wanted) ? page.next : undefined;
    } while (cursor !== undefined);
  }

  private async take(issue: IssueSnapshot, verdict: Verdict): Promise<void> {
    const { report } = this;
    this.seen.add(issue.ref.id);
    if (typeof verdict === 'object') {
      report.leftAlone[verdict.alone] = (report.leftAlone[verdict.alone] ?? 0) + 1;
      return;
    }
    report.expected += 1;
    if (verdict === 'present') {
      report.present += 1;
      if (issue.firstSeen > (this.input.heardAfter ?? this.input.since)) report.heard = (report.heard ?? 0) + 1;
      return;
    }
    this.count(issue.ref, issue.shortId ?? null, verdict);
    if (verdict === 'created' && Date.now() - Date.parse(issue.firstSeen) > this.onItsWay) report.unheard += 1;
    await this.hint(issue.ref);
  }

  /** Unresolved here, or ended by somebody, and not in Sentry's list of the unresolved: resolved, archived, merged or deleted. */
  private async missing(): Promise<void> {
    for (const source of [this.deps.ledger.unresolved(), this.deps.ledger.cut()]) {
      for await (const page of source) {
        for (const { ref, row } of page) {
          if (this.seen.has(ref.id)) continue;
          this.seen.add(ref.id);
          this.report.expected += 1;
          this.count(ref, row?.shortId ?? null, 'closed');
          await this.hint(ref);
        }
      }
    }
  }

  private count(ref: IssueRef, shortId: string | null, verdict: SweptIssue['verdict']): void {
    const { report } = this;
    report[verdict] += 1;
    if (report.named.length < NAMED_MAX) report.named.push({ id: workflowIdOf(ref), shortId, verdict });
    else report.more += 1;
  }

  private async hint(ref: IssueRef): Promise<void> {
    if (this.input.dryRun) return;
    this.signals += 1;
    this.beat();
    await sendHint(this.deps, ref, 'swept');
  }

  private beat(): void {
    Context.current().heartbeat({ pages: this.report.pages, signals: this.signals });
  }
}
