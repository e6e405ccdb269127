/** Keeps the search attributes and the list's row in step with the record, writing only what changed. */
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { ATTRIBUTE, MEMO_MARK, MEMO_ROW, searchable } from '../contract';
import { markOf, viewOf } from '../core/issue/describe';
import type { IssueRecord } from '../core/issue/record';

const cut = (text: string | null | undefined): string | null => (text ? searchable(text) : null);

function pairs(r: IssueRecord): SearchAttributeUpdatePair[] {
  const v = viewOf(r);
  return [
    { key: ATTRIBUTE.state, value: v.state },
    { key: ATTRIBUTE.project, value: cut(v.project) },
    { key: ATTRIBUTE.shortId, value: cut(v.shortId) },
    { key: ATTRIBUTE.level, value: cut(v.level) },
    { key: ATTRIBUTE.release, value: cut(r.seen?.release) },
    { key: ATTRIBUTE.assignee, value: cut(v.assignee) },
    { key: ATTRIBUTE.trackerTask, value: v.task ? [`${v.task.tracker}:${v.task.id}`] : null },
    { key: ATTRIBUTE.needsAttention, value: v.attention.length > 0 },
    { key: ATTRIBUTE.lastChange, value: new Date(v.changedAt) },
  ];
}

/**
 * The first decision comes within seconds of the first read: both are published together, because every upsert is
 * billed as an action (docs.temporal.io/cloud/actions). What needs a person is never kept back.
 */
export function isEarly(r: IssueRecord, looking: boolean): boolean {
  return looking && r.decisions.length === 0 && r.attention.length === 0;
}

/** To be called after every turn. What stands published is asked of Temporal, which carries it over a continue-as-new. */
export function publish(r: IssueRecord, early: boolean): void {
  const { typedSearchAttributes, memo } = workflowInfo();
  const started = typedSearchAttributes.get(ATTRIBUTE.state) !== undefined;
  if (!(early && started)) {
    const wanted = pairs(r);
    const stands = ({ key, value }: SearchAttributeUpdatePair): boolean =>
      JSON.stringify(typedSearchAttributes.get(key) ?? null) === JSON.stringify(value);
    if (!wanted.every(stands)) upsertSearchAttributes(wanted);
  }
  const rows: Record<string, unknown> = { [MEMO_ROW]: viewOf(r), [MEMO_MARK]: markOf(r) ?? null };
  const stands = (key: string): boolean => JSON.stringify(memo?.[key] ?? null) === JSON.stringify(rows[key]);
  if (!Object.keys(rows).every(stands)) upsertMemo(rows);
}
