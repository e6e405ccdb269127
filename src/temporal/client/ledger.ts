/** What Temporal's visibility knows of many issues at once, for a sweep. */
import type { Connection } from '@temporalio/client';
import { ATTRIBUTE, ISSUE_WORKFLOW, MEMO_MARK, MEMO_ROW, refOf } from '../../contract';
import { HELD } from '../../core/issue/attention';
import type { SourceMark } from '../../core/feed/record';
import type { IssueView } from '../../core/issue/row';
import type { Instant, IssueRef } from '../../core/refs';
import { listPages, memoOf, quoted, RUNNING, type Execution } from './visibility';

const DEADLINE_MS = 10_000;

/**
 * The newest run of an issue: what Sentry said last, and its row. `over`: it does not run. `cut`: somebody ended it, by
 * terminating it for example, so work may be left undone.
 */
export type LatestRun = {
  mark: SourceMark | undefined;
  row: IssueView | undefined;
  over: boolean;
  terminated: boolean;
};
export type Listed = { ref: IssueRef; run: LatestRun };
/** `since`: of its wait. */
export type Held = { since: Instant; row: IssueView };
export type Ledger = ReturnType<typeof createLedger>;

/** temporal.api.enums.v1.WorkflowExecutionStatus */
const COMPLETED = 2;
/** Ids in one query. */
const KNOWN_MAX = 100;

const markOf = (run: Execution): SourceMark | undefined => memoOf<SourceMark | null>(run, MEMO_MARK) ?? undefined;

function listed(id: string, run: LatestRun): Listed[] {
  const ref = refOf(id);
  return ref ? [{ ref, run }] : [];
}

function runningOf(run: Execution): LatestRun {
  return { mark: markOf(run), row: memoOf<IssueView>(run, MEMO_ROW), over: false, terminated: false };
}

export function createLedger(connection: Connection, namespace: string) {
  const pages = (query: string) => listPages({ connection, namespace }, query, DEADLINE_MS);

  /** @returns of these workflow ids, at most {@link KNOWN_MAX}, those that visibility knows; the newest run of each */
  async function latestRuns(ids: string[]): Promise<Map<string, LatestRun>> {
    const found = new Map<string, LatestRun>();
    if (ids.length === 0) return found;
    const query = `WorkflowId IN (${ids.map(quoted).join(', ')}) AND ExecutionStatus != 'ContinuedAsNew'`;
    for await (const runs of pages(query)) {
      for (const run of runs) {
        const id = run.execution?.workflowId;
        if (!id || (found.has(id) && run.status !== RUNNING)) continue;
        const over = run.status !== RUNNING;
        const row = memoOf<IssueView>(run, MEMO_ROW);
        found.set(id, { mark: markOf(run), row, over, terminated: over && run.status !== COMPLETED });
      }
    }
    return found;
  }

  return {
    latestRuns,

    /** The open issues of a Sentry project that wait for their turn, in the order they came. */
    async held(scope: string, project: string): Promise<Held[]> {
      const found: Held[] = [];
      const slug = project === '' ? 'IS NULL' : `= ${quoted(project)}`;
      const query = `WorkflowType = ${quoted(ISSUE_WORKFLOW)} AND ExecutionStatus = 'Running' AND ${ATTRIBUTE.needsAttention.name} = true AND ${ATTRIBUTE.project.name} ${slug}`;
      for await (const runs of pages(query)) {
        for (const run of runs) {
          const row = memoOf<IssueView>(run, MEMO_ROW);
          const since = row?.attention.find((a) => a.code === HELD)?.since;
          if (row?.state !== 'open' || since === undefined || refOf(row.id)?.scope !== scope) continue;
          found.push({ since, row });
        }
      }
      return found.sort((a, b) => (a.since === b.since ? (a.row.id < b.row.id ? -1 : 1) : a.since < b.since ? -1 : 1));
    },

    /** Every running issue that was unresolved in Sentry when it was last read, in pages. */
    async *unresolved(): AsyncIterable<Listed[]> {
      const states = ['new', 'open', 'skipped', 'muted'].map(quoted).join(', ');
      const query = `WorkflowType = ${quoted(ISSUE_WORKFLOW)} AND ExecutionStatus = 'Running' AND ${ATTRIBUTE.state.name} IN (${states})`;
      for await (const runs of pages(query)) {
        const open = runs.filter((run) => markOf(run)?.status === 'unresolved');
        yield open.flatMap((run) => listed(run.execution?.workflowId ?? '', runningOf(run)));
      }
    },

    /** Every issue whose newest run somebody ended, in pages, as long as Temporal retains it. */
    async *terminated(): AsyncIterable<Listed[]> {
      const query = `WorkflowType = ${quoted(ISSUE_WORKFLOW)} AND ExecutionStatus IN ('Terminated', 'Canceled', 'Failed', 'TimedOut')`;
      for await (const runs of pages(query)) {
        const ids = [...new Set(runs.flatMap((run) => run.execution?.workflowId ?? []))];
        for (let from = 0; from < ids.length; from += KNOWN_MAX) {
          const some = await latestRuns(ids.slice(from, from + KNOWN_MAX));
          yield [...some].flatMap(([id, one]) => (one.terminated ? listed(id, one) : []));
        }
      }
    },
  };
}
