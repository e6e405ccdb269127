/** What webhooks missed: Sentry's list compared with what is known here; whoever differs is told to look again. */
import { Context } from '@temporalio/activity';
import { workflowIdOf } from '../contract';
import { ErrandError } from '../errors';
import { abilityWord } from '../core/issue/able';
import type { Sentry } from '../vendors/sentry/client';
import type { FeedReads, SweepInput, SweepReport, SweptIssue } from '../core/feed/activities';
import type { Hint } from '../core/issue/hint';
import type { IssueSnapshot } from '../core/issue/snapshot';
import type { Instant, IssueRef } from '../core/refs';
import type { LatestRun, Listed } from '../temporal/client/ledger';
import type { Deps } from './deps';
import { coded } from './failure';
import { sendHint } from './hint';
import { eachPage, type ListName, shownById, SWEPT, UNREADABLE } from './sentry-pages';
import { Dates } from './sweep-dates';

/** Clocks differ, and an event is listed some time after it happened. */
const OVERLAP_MS = 10 * 60_000;
/** A webhook and the workflow's first read take seconds; what is younger may still be on its way. */
const ON_ITS_WAY_MS = 2 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** Issues read alone for their date in one sweep: five seconds of Sentry's limit. The others wait for the next sweep. */
const DATED_MAX = 20;
/** Sentry sends `issue.created` of these alone (sentry_apps/tasks/sentry_apps.py), so others say nothing of webhooks. */
const WITH_WEBHOOKS = 'error';
/** Servers before 2022 tell no category: what they list counts as errors. */
const saysOfWebhooks = ({ category = WITH_WEBHOOKS }: IssueSnapshot): boolean => category === WITH_WEBHOOKS;

/** The report stands in the history of the feed with every sweep: 2 KB of names at most. */
export const NAMED_MAX = 20;

type Verdict = 'present' | Exclude<SweptIssue['verdict'], 'rechecked'> | 'undated' | { alone: string };
const OLDER = 'older than the first start; import it if it is wanted';

/** Pure. @param run undefined: no workflow ever had this id @param can as abilityWord writes it @param canLink the uuid of an installation is known */
export function judge(
  issue: IssueSnapshot,
  run: LatestRun | undefined,
  floor: Instant,
  can: string,
  canLink = false,
): Verdict {
  const open = issue.status === 'unresolved';
  if (issue.status === 'unknown') return run ? 'present' : { alone: 'of a status that is not known here' };
  if (!run) {
    if (!open) return { alone: `${issue.status} before it was known here` };
    if (issue.firstSeen === null) return 'undated';
    return issue.firstSeen < floor ? { alone: OLDER } : 'created';
  }
  // Somebody may have ended it before its task was closed; a new run finds the task.
  if (run.over && !open) return run.terminated ? 'closed' : { alone: 'over' };
  if (run.over) return 'changed';
  // Its first read is still to come.
  const { mark } = run;
  if (!mark) return 'present';
  if (issue.status !== mark.status) return open ? 'changed' : 'closed';
  // What the installation can do has changed: its mode, a token, chat.
  if (mark.can !== can) return 'changed';
  // Its task can be shown in Sentry now.
  if (mark.unlinked && canLink) return 'changed';
  // Unassigning is not copied, and somebody whom the rules do not know is nobody.
  return issue.assignee !== null && issue.assignee !== mark.assignee ? 'changed' : 'present';
}

/**
 * Everything in it may be repeated: a hint only asks to look again. Heartbeats `{pages, signals}`. Its failure says how often
 * is swept, as its report does: the feed knows the rules from nowhere else.
 */
export function sweepSource(deps: Deps): FeedReads['sweepSource'] {
  const { listed: sentry, rules } = deps;
  const dates = sentry && new Dates(sentry);
  return coded(
    async (input) => {
      if (!sentry || !dates)
        throw new ErrandError('sentry_unauthorized', 'SENTRY_AUTH_TOKEN is not set, so nothing can be swept.');
      const canLink = (await deps.installation()) !== undefined;
      return new Sweep(sentry, dates, deps, input, rules().settings.sweepEvery, canLink).run();
    },
    () => ({ details: [{ every: rules().settings.sweepEvery }] }),
  );
}

class Sweep {
  private readonly report: SweepReport & { named: SweptIssue[]; more: number };
  private readonly seen = new Set<string>();
  private signals = 0;
  private dated = 0;
  private readonly onItsWay: number;

  constructor(
    private readonly sentry: Sentry,
    private readonly dates: Dates,
    private readonly deps: Pick<Deps, 'ledger' | 'sendHints' | 'can' | 'rules'>,
    private readonly input: SweepInput,
    every: number,
    private readonly canLink: boolean,
  ) {
    const now = new Date().toISOString();
    const found = { expected: 0, present: 0, created: 0, closed: 0, rechecked: 0, changed: 0 };
    // With frequent sweeps an issue is found before its webhook could be missed.
    this.onItsWay = Math.min(ON_ITS_WAY_MS, every / 2);
    const { kind, since, dryRun } = input;
    const numbers = { ...found, pages: 0, unheard: 0, heard: 0, more: 0 };
    const { timezone } = deps.rules();
    const about = {
      kind,
      since,
      dryRun,
      startedAt: now,
      endedAt: now,
      every,
      timezone,
      can: abilityWord(deps.can(SWEPT)),
    };
    this.report = { ...about, ...numbers, named: [], leftAlone: {} };
  }

  async run(): Promise<SweepReport> {
    const from = new Date(Date.parse(this.input.since) - OVERLAP_MS).toISOString();
    // A row's date may lag behind the list's order or be missing: such a row may be recent.
    const recent = (issue: IssueSnapshot): boolean => issue.lastSeen === null || issue.lastSeen >= from;
    const isFull = this.input.kind === 'full';
    const lists = async (name: ListName): Promise<void> => {
      await this.list(name, '', recent);
      if (isFull) await this.list(name, 'is:unresolved', () => true);
    };
    await lists('listIssues');
    const failed = await failureOf(lists('listHidden'));
    if (isFull) await this.unlisted();
    if (this.input.can !== this.report.can) await this.unaware();
    // Now that all the rest is told. It fails the sweep, so that the next one begins where this one did.
    if (failed) throw failed;
    return { ...this.report, endedAt: new Date().toISOString() };
  }

  /** Takes what is `wanted`, as long as a page holds any of it; the list is by latest event. */
  private async list(name: ListName, query: string, wanted: (issue: IssueSnapshot) => boolean): Promise<void> {
    const goOn = (page: IssueSnapshot[]): boolean => page.some(wanted);
    for await (const { issues: page, unreadable = 0 } of eachPage(this.sentry, name, query, goOn)) {
      this.pageRead();
      this.leave(UNREADABLE, unreadable);
      const issues = page.filter((issue) => wanted(issue) && !this.seen.has(issue.ref.id));
      const runs = await this.deps.ledger.latestRuns(issues.map(({ ref }) => workflowIdOf(ref)));
      const dated = await this.datesOf(issues, runs);
      for (const issue of issues) {
        this.seen.add(issue.ref.id);
        await this.take(dated.get(issue.ref.id) ?? issue, runs.get(workflowIdOf(issue.ref)));
      }
    }
  }

  /** An issue that is not known here is followed by its date, so one without is asked for. */
  private datesOf(issues: IssueSnapshot[], runs: Map<string, LatestRun>): Promise<Map<string, IssueSnapshot>> {
    const { floor } = this.input;
    const { can } = this.report;
    const undated = issues.filter((issue) => judge(issue, runs.get(workflowIdOf(issue.ref)), floor, can) === 'undated');
    const alone = (): boolean => {
      this.dated += 1;
      return this.dated <= DATED_MAX;
    };
    return this.dates.of(undated, alone, () => this.beat());
  }

  private async take(issue: IssueSnapshot, run: LatestRun | undefined): Promise<void> {
    const { report } = this;
    const verdict = judge(issue, run, this.input.floor, report.can, this.canLink);
    const { firstSeen } = issue;
    if (verdict === 'undated') return this.leave('Sentry tells no date of it; import it if it is wanted');
    if (typeof verdict === 'object') return this.leave(verdict.alone);
    report.expected += 1;
    const after = this.input.heardAfter ?? this.input.since;
    if (verdict === 'present') {
      report.present += 1;
      const isNew = firstSeen !== null && firstSeen > after;
      if (isNew && saysOfWebhooks(issue)) report.heard = (report.heard ?? 0) + 1;
      // It happened again since it was asked for by its id, so Sentry lists it again.
      const back = run?.mark?.unlisted !== undefined && issue.lastSeen !== null && issue.lastSeen > run.mark.unlisted;
      if (back) await this.hint(issue.ref, 'swept');
      return;
    }
    this.count(issue.ref, issue.shortId ?? null, verdict);
    const late = firstSeen !== null && Date.now() - Date.parse(firstSeen) > this.onItsWay;
    if (verdict === 'created' && late && saysOfWebhooks(issue)) report.unheard += 1;
    await this.hint(issue.ref, 'swept');
  }

  /**
   * Unresolved here, or ended by somebody, and not in Sentry's list of the unresolved. That list ends at 90 days and hides some
   * issues, so each is asked for by its id, once a day; only what Sentry says then counts.
   */
  private async unlisted(): Promise<void> {
    for (const source of [this.deps.ledger.unresolved(), this.deps.ledger.terminated()]) {
      for await (const page of source) {
        const missing = page.filter(({ ref }) => !this.seen.has(ref.id));
        const due = missing.filter(({ run }) => !isRechecked(run));
        for (const { ref } of missing) this.seen.add(ref.id);
        for (let i = missing.length - due.length; i > 0; i -= 1)
          this.leave('open here and not in Sentry’s list; asked for within the last day');
        await this.ask(due);
      }
    }
  }

  private async ask(issues: Listed[]): Promise<void> {
    const shown = await shownById(
      this.sentry,
      issues.map(({ ref }) => ref),
      () => this.pageRead(),
    );
    for (const { ref, run } of issues) {
      const issue = shown.get(workflowIdOf(ref));
      const verdict = issue ? judge(issue, run, this.input.floor, this.report.can, this.canLink) : 'rechecked';
      if (typeof verdict === 'object') this.leave(verdict.alone);
      else if (verdict === 'present' || verdict === 'undated') {
        this.report.expected += 1;
        this.report.present += 1;
        await this.hint(ref, 'unlisted', { unlisted: 'answered' });
      } else {
        this.report.expected += 1;
        this.count(ref, run.row?.shortId ?? null, verdict);
        if (verdict === 'rechecked') await this.hint(ref, 'unlisted', { unlisted: 'unanswered' });
        else await this.hint(ref, 'swept');
      }
    }
  }

  /** Open here, and last read when the installation could do something else; what the lists show of them was told already. */
  private async unaware(): Promise<void> {
    for await (const page of this.deps.ledger.unresolved()) {
      for (const { ref, run } of page) {
        if (this.seen.has(ref.id) || run.row?.state === 'skipped' || run.mark?.can === this.report.can) continue;
        this.seen.add(ref.id);
        this.report.expected += 1;
        this.count(ref, run.row?.shortId ?? null, 'changed');
        await this.hint(ref, 'swept');
      }
    }
  }

  private pageRead(): void {
    this.report.pages += 1;
    this.beat();
  }

  private leave(why: string, many = 1): void {
    if (many > 0) this.report.leftAlone[why] = (this.report.leftAlone[why] ?? 0) + many;
  }

  private count(ref: IssueRef, shortId: string | null, verdict: SweptIssue['verdict']): void {
    const { report } = this;
    report[verdict] += 1;
    if (report.named.length < NAMED_MAX) report.named.push({ id: workflowIdOf(ref), shortId, verdict });
    else report.more += 1;
  }

  private async hint(ref: IssueRef, what: string, more: Pick<Hint, 'unlisted'> = {}): Promise<void> {
    if (this.input.dryRun) return;
    this.signals += 1;
    this.beat();
    await sendHint(this.deps, ref, what, more);
  }

  private beat(): void {
    Context.current().heartbeat({ pages: this.report.pages, signals: this.signals });
  }
}

/** What a vendor's failure was; anything else is thrown at once. */
async function failureOf(run: Promise<void>): Promise<ErrandError | undefined> {
  try {
    await run;
    return undefined;
  } catch (error) {
    if (error instanceof ErrandError) return error;
    throw error;
  }
}

function isRechecked({ mark }: LatestRun): boolean {
  return mark?.unlisted !== undefined && Date.now() - Date.parse(mark.unlisted) < DAY_MS;
}
