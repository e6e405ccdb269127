/** Keeps the search attributes and the list's row in step with the record, writing only what changed. */
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { ATTRIBUTE, MEMO_MARK, MEMO_ROW, searchable } from '../contract';
import { markOf, viewOf } from '../core/issue/describe';
import type { IssueRecord } from '../core/issue/record';
import type { Instant } from '../core/refs';

const valueOf = (text: string | null | undefined): string | null => (text ? searchable(text) : null);

function pairs(r: IssueRecord): SearchAttributeUpdatePair[] {
  const v = viewOf(r);
  return [
    { key: ATTRIBUTE.state, value: v.state },
    { key: ATTRIBUTE.project, value: valueOf(v.project) },
    { key: ATTRIBUTE.shortId, value: valueOf(v.shortId) },
    { key: ATTRIBUTE.level, value: valueOf(v.level) },
    { key: ATTRIBUTE.release, value: valueOf(r.seen?.release) },
    { key: ATTRIBUTE.assignee, value: valueOf(v.assignee) },
    { key: ATTRIBUTE.trackerTask, value: v.task ? [`${v.task.tracker}:${v.task.id}`] : null },
    { key: ATTRIBUTE.needsAttention, value: v.attention.length > 0 },
    { key: ATTRIBUTE.lastChange, value: new Date(v.changedAt) },
  ];
}

/** What is known by then is published, also while the task is still being made. */
const EARLY_MS = 60_000;

/**
 * A new issue is listed from its start, by what its webhook told. Its task comes within seconds, and until then its attributes
 * stay as they are, because every upsert is billed as an action (docs.temporal.io/cloud/actions). What needs a person is never
 * kept back, nor any end that needs no task.
 *
 * @param busy something of it is under way
 */
export function isEarly({ state, task, attention }: IssueRecord, busy: boolean, now: Instant): boolean {
  const { typedSearchAttributes, startTime } = workflowInfo();
  const unchanged = typedSearchAttributes.get(ATTRIBUTE.state) === NEW;
  const making = (state === NEW || state === 'open') && task === undefined && attention.length === 0;
  return unchanged && making && busy && Date.parse(now) - startTime.getTime() < EARLY_MS;
}
const NEW: IssueRecord['state'] = 'new';

/** To be called after every turn. What stands published is asked of Temporal, which carries it over a continue-as-new. */
export function publish(r: IssueRecord, early: boolean): void {
  const { typedSearchAttributes, memo } = workflowInfo();
  if (!early) {
    const wanted = pairs(r);
    const stands = ({ key, value }: SearchAttributeUpdatePair): boolean =>
      JSON.stringify(typedSearchAttributes.get(key) ?? null) === JSON.stringify(value);
    if (!wanted.every(stands)) upsertSearchAttributes(wanted);
  }
  // The row is no action, only work: it tells at once who gets the issue, also should Asana be away.
  if (early && r.decisions.length === 0) return;
  const rows: Record<string, unknown> = { [MEMO_ROW]: viewOf(r), [MEMO_MARK]: markOf(r) ?? null };
  const stands = (key: string): boolean => JSON.stringify(memo?.[key] ?? null) === JSON.stringify(rows[key]);
  if (!Object.keys(rows).every(stands)) upsertMemo(rows);
}
