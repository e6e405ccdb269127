/**
 * Slack over @slack/web-api (https://docs.slack.dev/reference/methods/chat.postMessage and chat.update). One call is one HTTP request:
 * the client's own retries repeat posts after timeouts, so they are off and the caller decides. Slack has no idempotency
 * key; the key in the message's metadata is there for people who look for doubles.
 */
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
  type KnownBlock,
  type Logger,
  LogLevel,
} from '@slack/web-api';
import { ErrandError } from '../../errors';
import { BucketBusy, createBucket, type Bucket } from '../http/bucket';
import { watched, type Watch } from '../http/outage';
import { fetchSmall } from './answer';
import { truncate, scrub } from '../../text/scrub';

const TIMEOUT = 10_000;
const DETAIL_MAX = 300;
/** Slack's advice for a message's text; a full section (3000) with a mention before it stays whole. */
const TEXT_MAX = 4000;
const EVENT_TYPE = 'errand_note';
/**
 * One message a second and channel, with short bursts (docs.slack.dev/apis/web-api/rate-limits, chat.postMessage). A few of them
 * are kept for what is urgent, which so never stands behind the news of a storm.
 */
const PER_MINUTE = 60;
const URGENT_PER_MINUTE = 10;
const BURST = 3;
/** An attempt has 20 s, of which the call may take 10: with three attempts some thirty issues at once are told in turn. */
const TURN_MAX_MS = 9_000;
/** Slack's own words for "not now". `internal_error`, `fatal_error` and a timeout may have posted it all the same. */
const TRANSIENT = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'ratelimited',
  'rate_limited',
  'team_added_to_org',
  'request_timeout',
]);
/** The message is gone, is not ours, or the workspace lets nobody edit it any more (docs.slack.dev/reference/methods/chat.update). */
const UNEDITABLE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);
/** Slack's ids of users, the only thing that a mention may hold. */
const USER_ID = /^[UW][A-Z0-9]{2,20}$/;

export type SlackOptions = {
  token: string;
  /** Ends in `/api`; a trailing slash is optional. Unset: Slack itself. */
  apiUrl?: string;
  channel: string;
  /** Milliseconds for one call, 10 s unless told otherwise. */
  timeout?: number;
  watch?: Watch;
};
export type SlackMessage = {
  /** mrkdwn, already escaped; what notifications show. */
  text: string;
  blocks?: KnownBlock[];
  /** What makes this message one: stands in its metadata. */
  key: string;
  /** An alert: it does not wait behind other messages. */
  urgent?: true;
  /** Slack user id to mention; anything else is left out. */
  mention?: string;
};
/** Slack's id of the channel, which an edit needs, and of the message in it. */
export type Posted = { channel: string; ts: string };
export type Slack = {
  /**
   * Sends once. Throws ErrandError: `slack_unavailable` (with `retryAfter` in milliseconds if Slack named it) where
   * trying again may help, `slack_refused` where it will not.
   */
  post(message: SlackMessage): Promise<Posted>;
  /**
   * Replaces the text of a message that `post` answered; a state, so it may be repeated.
   * @returns undefined when there is no such message any more, or it may not be edited. Throws like `post`.
   */
  update(at: Posted, message: SlackMessage): Promise<Posted | undefined>;
  /** Asks Slack who the token is (auth.test), for the start-up check. Throws like `post`. */
  check(): Promise<{ team: string; user: string }>;
};

/** The client writes to the console on its own; what is worth a line is in the error that the caller gets. */
const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

export function createSlack({ token, apiUrl, channel, timeout = TIMEOUT, watch }: SlackOptions): Slack {
  const client = new WebClient(token, {
    slackApiUrl: apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout,
    logger: SILENT,
    fetch: fetchSmall,
    // A method is never an address, whatever it says.
    allowAbsoluteUrls: false,
  });
  const news = createBucket({ perMinute: PER_MINUTE - URGENT_PER_MINUTE, burst: BURST });
  const alerts = createBucket({ perMinute: URGENT_PER_MINUTE, burst: BURST });
  const once = <T>(call: () => Promise<T>): Promise<T> => watched(watch, () => mapping(call));
  return {
    async post({ text, blocks, key, mention, urgent }) {
      await turn(urgent ? alerts : news);
      const to = mention !== undefined && USER_ID.test(mention) ? `<@${mention}>` : null;
      const answer = await once(() =>
        client.chat.postMessage({
          channel,
          text: truncate(to === null ? text : `${to} ${text}`, TEXT_MAX),
          ...(blocks === undefined ? {} : { blocks: to === null ? blocks : [mentionBlock(to), ...blocks] }),
          metadata: { event_type: EVENT_TYPE, event_payload: { key } },
          unfurl_links: false,
          unfurl_media: false,
        }),
      );
      return { channel: answer.channel ?? channel, ts: answer.ts ?? '' };
    },
    async update({ channel: where, ts }, { text, blocks = [], key, urgent }) {
      await turn(urgent ? alerts : news);
      return once(async () => {
        try {
          await client.chat.update({
            channel: where,
            ts,
            text: truncate(text, TEXT_MAX),
            blocks,
            metadata: { event_type: EVENT_TYPE, event_payload: { key } },
          });
          return { channel: where, ts };
        } catch (error) {
          const code = error instanceof WebAPIPlatformError ? String(error.data.error) : '';
          if (UNEDITABLE.has(code)) return undefined;
          throw error;
        }
      });
    },
    async check() {
      const answer = await once(() => client.auth.test());
      return { team: answer.team ?? '', user: answer.user ?? '' };
    },
  };
}

/** Blocks replace the text, so a mention that should ring has to stand in one of them. */
const mentionBlock = (to: string): KnownBlock => ({ type: 'section', text: { type: 'mrkdwn', text: to } });

async function turn(bucket: Bucket): Promise<void> {
  try {
    await bucket.take({ maxWaitMs: TURN_MAX_MS });
  } catch (error) {
    if (error instanceof BucketBusy) throw new ErrandError('slack_unavailable', 'its turn has not come', error.waitMs);
    throw error;
  }
}

async function mapping<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw mapped(error);
  }
}

/** Slack's outcome in our catalogue; the token is in none of its messages, and they are scrubbed all the same. */
function mapped(error: unknown): ErrandError {
  if (error instanceof WebAPIRateLimitedError) {
    return new ErrandError('slack_unavailable', 'ratelimited', error.retryAfter * 1000);
  }
  if (error instanceof WebAPIPlatformError) {
    const { error: said, needed } = error.data as { error?: unknown; needed?: string };
    // Nothing is said in `{}`, which is no answer of Slack's.
    const code = typeof said === 'string' ? said : 'an answer that cannot be read';
    // Not in the form of Slack's codes: a proxy's page, which the client hands on as the error.
    const passes = TRANSIENT.has(code) || !/^[a-z_]{1,80}$/.test(code);
    return new ErrandError(
      passes ? 'slack_unavailable' : 'slack_refused',
      detail(needed ? `${code}: ${needed}` : code),
    );
  }
  if (error instanceof WebAPIHTTPError) {
    const passes = error.statusCode >= 500 || error.statusCode === 408;
    return new ErrandError(passes ? 'slack_unavailable' : 'slack_refused', `HTTP ${error.statusCode}`);
  }
  if (error instanceof WebAPIRequestError) {
    return new ErrandError('slack_unavailable', detail(error.original.message));
  }
  return new ErrandError('slack_unavailable', detail(error instanceof Error ? error.message : String(error)));
}

const detail = (text: string) => truncate(scrub(text), DETAIL_MAX);
