/** Chat: a message is rather sent twice than not at all; a task never. */
import { workflowIdOf } from '../contract';
import { toSlackBlocks, toSlackMrkdwn } from '../text/markup';
import { renderNote } from '../text/notes';
import type { Effects } from '../core/issue/steps';
import type { Deps } from './deps';
import { coded } from './failure';
import { nameOf } from './names';

/** Slack has no idempotency: an attempt whose answer was lost may be repeated, three attempts at most. */
export function tell(deps: Deps): (input: Effects['tell'][0]) => Promise<null> {
  const { chat: slack, rules, operatorUrl } = deps;
  return coded(async ({ note, issue, task, assignee, assigneeName }) => {
    if (!slack) return null;
    const id = workflowIdOf(issue.ref);
    const name = assignee === null ? null : (nameOf(deps, assignee) ?? assigneeName ?? assignee);
    const zone = rules().timezone;
    const body = renderNote(note, { issue, task, assignee: name, operatorUrl: operatorUrl(id), zone });
    const mention = assignee === null ? undefined : rules().people[assignee]?.slack;
    await slack.post({ text: toSlackMrkdwn(body), blocks: toSlackBlocks(body), key: `${id} ${note.key}`, mention });
    return null;
  });
}
