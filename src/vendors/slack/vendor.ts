/** Slack's line in the registry: chat. */
import { ErrandError } from '../../errors';
import type { Vendor } from '../vendor';
import type { Finding } from '../finding';
import { createSlack, type Slack } from './chat';

export const SLACK: Vendor = {
  name: 'slack',
  open({ config: { slack }, watch }) {
    if (!slack) return {};
    const { botToken: token, apiUrl, channel } = slack;
    const chat = createSlack({ token, apiUrl, channel, watch: watch('slack_unavailable') });
    return { chat, check: () => check(chat) };
  },
};

async function check(slack: Slack): Promise<Finding[]> {
  try {
    await slack.check();
    return [];
  } catch (e) {
    const what = e instanceof Error ? e.message : String(e);
    const todo = 'Check SLACK_BOT_TOKEN; tasks are made all the same.';
    const away = e instanceof ErrandError && e.entry.retry;
    return [{ level: 'warning', what, todo, ...(away ? { unreachable: true } : {}) }];
  }
}
