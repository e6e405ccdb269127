/** Chat: a message is rather sent twice than not at all; a task never. */
import { workflowIdOf } from '../contract';
import { toSlackBlocks, toSlackMrkdwn } from '../text/markup';
import { renderNote } from '../text/notes';
import type { Effects } from '../core/issue/steps';
import type { Deps } from './deps';
import { coded } from './failure';

/** Slack has no idempotency: an attempt whose answer was lost may be repeated, three attempts at most. */
export function tell({ chat: slack, rules, operatorUrl }: Deps): (input: Effects['tell'][0]) => Promise<null> {
  return coded(async ({ note, issue, task, assignee }) => {
    if (!slack) return null;
    const id = workflowIdOf(issue.ref);
    const body = renderNote(note, { issue, task, assignee, operatorUrl: operatorUrl(id) });
    const mention = assignee === null ? undefined : rules().people[assignee]?.slack;
    await slack.post({ text: toSlackMrkdwn(body), blocks: toSlackBlocks(body), key: `${id} ${note.key}`, mention });
    return null;
  });
}
