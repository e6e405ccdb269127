import type { SlackChannel, SlackMessage } from './records';
import { type Answer, type Call, type Gate, json, Refusal, type Route, type Vendor } from './serve';
import type { World } from './world';

const BURST = 5;
const MOST_TEXT = 40_000;
const MOST_UPDATED_TEXT = 4000;
const MOST_BLOCKS = 50;
const BOT_USER = 'U0ERRAND';

const ok = (body: Record<string, unknown>): Answer => json(200, { ok: true, ...body });
/** A refusal is `ok: false` with HTTP 200 (https://docs.slack.dev/apis/web-api/#responses). */
const failed = (error: string): Answer => json(200, { ok: false, error });
const refuse = (error: string): Refusal => new Refusal(failed(error));

/** One message a second and channel, with short bursts tolerated (https://docs.slack.dev/apis/web-api/rate-limits). */
export class Bucket {
  private readonly levels = new Map<string, { level: number; at: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  /** Seconds to wait, or 0 when the message may go. */
  take(key: string): number {
    const now = this.now();
    const before = this.levels.get(key) ?? { level: BURST, at: now };
    const level = Math.min(BURST, before.level + (now - before.at) / 1000);
    this.levels.set(key, { level: level >= 1 ? level - 1 : level, at: now });
    return level >= 1 ? 0 : Math.max(1, Math.ceil(1 - level));
  }
}

/** The arguments of a call: a form, JSON, or the query. */
function argumentsOf(call: Call): Map<string, string> {
  const found = new Map(call.query);
  const body = call.raw.toString('utf8');
  if (String(call.headers['content-type'] ?? '').includes('json')) {
    const parsed: unknown = safeJson(body === '' ? '{}' : body);
    if (typeof parsed !== 'object' || parsed === null) throw refuse('invalid_json');
    for (const [key, value] of Object.entries(parsed))
      found.set(key, typeof value === 'string' ? value : JSON.stringify(value));
  } else for (const [key, value] of new URLSearchParams(body)) found.set(key, value);
  return found;
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function channelOf(world: World, given: Map<string, string>): SlackChannel {
  const key = (given.get('channel') ?? '').replace(/^#/, '');
  const found = world.slack.channels.get(key) ?? world.slack.channels.all().find(({ name }) => name === key);
  if (found === undefined) throw refuse('channel_not_found');
  if (found.archived) throw refuse('is_archived');
  return found;
}

function contentOf(given: Map<string, string>, most: number): { text: string; blocks: unknown[]; metadata: unknown } {
  const text = given.get('text') ?? given.get('markdown_text') ?? '';
  const raw = given.get('blocks');
  const blocks = raw === undefined ? [] : safeJson(raw);
  if (!Array.isArray(blocks)) throw refuse('invalid_blocks_format');
  if (blocks.length > MOST_BLOCKS) throw refuse('invalid_blocks');
  if (raw !== undefined && raw.length > 13_200) throw refuse('msg_blocks_too_long');
  if (text === '' && blocks.length === 0) throw refuse('no_text');
  if (text.length > most) throw refuse('msg_too_long');
  const metadata = given.get('metadata');
  return { text, blocks: blocks as unknown[], metadata: metadata === undefined ? null : (safeJson(metadata) ?? null) };
}

function view(message: SlackMessage): Record<string, unknown> {
  const { ts, text, blocks, threadTs, metadata, edited } = message;
  return {
    type: 'message',
    subtype: 'bot_message',
    bot_id: 'B0ERRAND',
    user: BOT_USER,
    ts,
    text,
    ...(blocks.length > 0 ? { blocks } : {}),
    ...(threadTs === null ? {} : { thread_ts: threadTs }),
    ...(metadata === null ? {} : { metadata }),
    ...(edited === null ? {} : { edited: { user: BOT_USER, ts: edited } }),
  };
}

function timestamp(world: World): string {
  return `${Math.floor(Date.now() / 1000)}.${String(world.number()).padStart(6, '0')}`;
}

/** Pretend Slack's Web API: the token stands in the header or in the form. */
export function slack(world: World): Vendor {
  const bucket = new Bucket();
  return {
    name: 'slack',
    prefix: '/slack/api',
    routes: routes(world, bucket),
    gate: (call) => gate(world, call),
    failure: (status) => {
      if (status === 404) return failed('unknown_method');
      // Slack refuses a token with HTTP 200 (docs.slack.dev/reference/methods/chat.postMessage, Errors).
      if (status === 401) return failed('invalid_auth');
      return status === 429
        ? json(429, { ok: false, error: 'ratelimited' }, { 'retry-after': '1' })
        : { status, text: 'Server Error' };
    },
  };
}

function gate(world: World, call: Call): Gate {
  const header = /^Bearer\s+(\S+)$/i.exec(String(call.headers.authorization ?? ''))?.[1];
  const form = String(call.headers['content-type'] ?? '').includes('form-urlencoded')
    ? new URLSearchParams(call.raw.toString('utf8'))
    : null;
  const token = header ?? form?.get('token') ?? undefined;
  if (token === undefined) return { refused: failed('not_authed') };
  return token === world.meta.tokens.slack ? {} : { refused: failed('invalid_auth') };
}

function routes(world: World, bucket: Bucket): Route[] {
  const paced = (channel: SlackChannel): void => {
    const wait = bucket.take(channel.id);
    if (wait > 0) throw new Refusal(json(429, { ok: false, error: 'ratelimited' }, { 'retry-after': String(wait) }));
  };
  const methods: Record<string, (given: Map<string, string>) => Answer> = {
    'auth.test': () =>
      ok({
        url: `${world.url}/`,
        team: 'Acme',
        user: 'errand',
        team_id: 'T0ACME',
        user_id: BOT_USER,
        bot_id: 'B0ERRAND',
      }),
    'chat.postMessage': (given) => {
      const channel = channelOf(world, given);
      const content = contentOf(given, MOST_TEXT);
      paced(channel);
      const ts = timestamp(world);
      const threadTs = given.get('thread_ts') ?? null;
      const message = world.slack.messages.set(`${channel.id}:${ts}`, {
        ts,
        channel: channel.id,
        threadTs,
        edited: null,
        ...content,
      });
      return ok({ channel: channel.id, ts, message: view(message) });
    },
    'chat.update': (given) => {
      // An id: unlike a post, an edit takes no name (https://docs.slack.dev/reference/methods/chat.update).
      const channel = world.slack.channels.get(given.get('channel') ?? '');
      if (channel === undefined) throw refuse('channel_not_found');
      const key = `${channel.id}:${given.get('ts') ?? ''}`;
      const message = world.slack.messages.get(key);
      if (message === undefined) throw refuse('message_not_found');
      const content = contentOf(given, MOST_UPDATED_TEXT);
      const metadata = content.metadata ?? message.metadata;
      const updated = world.slack.messages.set(key, { ...message, ...content, metadata, edited: timestamp(world) });
      return ok({ channel: channel.id, ts: message.ts, text: updated.text, message: view(updated) });
    },
    'users.lookupByEmail': (given) => {
      const wanted = (given.get('email') ?? '').toLowerCase();
      const user = world.slack.users.all().find(({ email }) => email.toLowerCase() === wanted);
      if (user === undefined) throw refuse('users_not_found');
      const { id, name, email } = user;
      return ok({
        user: {
          id,
          team_id: 'T0ACME',
          name: email.split('@')[0],
          real_name: name,
          deleted: false,
          tz: 'Europe/Warsaw',
          profile: { email },
        },
      });
    },
    'conversations.history': (given) => {
      const channel = channelOf(world, given);
      const all = world.slack.messages
        .all()
        .filter((message) => message.channel === channel.id && message.threadTs === null);
      const limit = Math.min(999, Number(given.get('limit') ?? '100'));
      const from = Number(given.get('cursor') ?? '0');
      const newest = all.sort((a, b) => b.ts.localeCompare(a.ts));
      const page = newest.slice(from, from + limit);
      const more = from + limit < newest.length;
      const withMetadata = given.get('include_all_metadata') === 'true';
      const messages = page.map((message) => view(withMetadata ? message : { ...message, metadata: null }));
      return ok({ messages, has_more: more, response_metadata: { next_cursor: more ? String(from + limit) : '' } });
    },
  };
  return Object.entries(methods).flatMap(([name, run]) =>
    (['GET', 'POST'] as const).map((method): Route => ({
      method,
      path: `/${name}`,
      run: (call) => run(argumentsOf(call)),
    })),
  );
}
