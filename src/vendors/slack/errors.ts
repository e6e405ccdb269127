/** What can go wrong with Slack. The words behind `slack_` say to the core what it means: docs/developing/adding-a-vendor.md. */
import type { ErrorEntry } from '../error-entry';

export const SLACK_ERRORS = {
  slack_refused: {
    retry: false,
    http: 502,
    message: 'Slack refused the message.',
    todo: 'Check SLACK_BOT_TOKEN, and that the bot is a member of SLACK_CHANNEL.',
  },
  slack_unavailable: {
    retry: true,
    http: 503,
    message: 'Slack cannot be reached, is failing, or limits the rate.',
    todo: 'Wait: it is tried again for an hour, then the message is dropped.',
  },
} as const satisfies Record<`slack_${string}`, ErrorEntry>;
