/** What Temporal itself knows of one running issue, without asking its workflow. */
import type { WorkflowExecutionDescription } from '@temporalio/client';
import { MEMO_MARK } from '../../contract';
import type { SourceMark } from '../../core/feed/record';
import type { Standing } from '../../core/issue/echo';

/** @returns undefined when it does not run */
export function standingOf(found: WorkflowExecutionDescription): Standing | undefined {
  if (found.status.name !== 'RUNNING') return undefined;
  const { pendingActivities, pendingWorkflowTask, workflowExecutionInfo } = found.raw;
  const isFirst = workflowExecutionInfo?.firstRunId === found.runId;
  return {
    mark: (found.memo?.[MEMO_MARK] as SourceMark | null | undefined) ?? undefined,
    busy: (pendingActivities?.length ?? 0) > 0 || Boolean(pendingWorkflowTask),
    ...(isFirst ? { firstRunAt: found.startTime.toISOString() } : {}),
  };
}
