/** Keeps the search attributes and the list's row in step with the record, writing only what changed. */
import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { ATTRIBUTE, ATTRIBUTE_MAX, MEMO_ROW } from '../contract';
import { viewOf } from '../issue/describe';
import type { IssueRecord } from '../types';

const cut = (text: string | null | undefined): string | null => (text ? text.slice(0, ATTRIBUTE_MAX) : null);

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

/** @returns a function to call after every turn. A continued run carries its attributes and memo over. */
export function publisher(initial: IssueRecord): (r: IssueRecord) => void {
  let attributes = initial.seen ? JSON.stringify(pairs(initial)) : '';
  let row = initial.seen ? JSON.stringify(viewOf(initial)) : '';
  return (r) => {
    const wanted = pairs(r);
    const wantedText = JSON.stringify(wanted);
    if (wantedText !== attributes) {
      upsertSearchAttributes(wanted);
      attributes = wantedText;
    }
    const view = viewOf(r);
    const viewText = JSON.stringify(view);
    if (viewText !== row) {
      upsertMemo({ [MEMO_ROW]: view });
      row = viewText;
    }
  };
}
