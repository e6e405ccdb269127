/** What needs a person, by cause; and the one message of each. */
import { Context } from '@temporalio/activity';
import { entryOf } from '../errors';
import { addIssue, addTrouble, heldProjects, keyOf, SOME_MAX } from '../core/alerts/alerts';
import { HELD } from '../core/issue/attention';
import { adviceOf, renderAlert, SAID_MAX } from '../text/alert';
import { toSlackBlocks, toSlackMrkdwn } from '../text/markup';
import { say } from '../text/say';
import type { Alarms, Alert, Look, Trouble } from '../core/alerts/record';
import type { FeedRecord } from '../core/feed/record';
import type { Reads } from '../core/issue/activities';
import type { IssueView } from '../core/issue/row';
import type { Instant } from '../core/refs';
import { refOf } from '../contract';
import type { Deps } from './deps';
import { coded } from './failure';
import { vendorOf } from './whose';
import { NAMED } from '../vendors/names';

/** Some minutes, since a failed sweep is soon tried again: not a moment of Sentry's. What no try can cure needs a person at once. */
const SWEEPS_FAILED = 3;
/** One sweep may overtake a webhook. */
const SWEEPS_SILENT = 2;
/** Codes have a vendor or two each, so more causes than these never begin within one look. */
const ASKED_MAX = 10;

/** Reads only. */
export function lookAround(deps: Deps): Reads['lookAround'] {
  const { unhealthy: unhealthy, feed, rules, can, chat, selfSentry, operatorUrl } = deps;
  return coded(async ({ org, known }) => {
    const at = new Date().toISOString();
    const all = new Map<string, Trouble>();
    const { attention, stuck, fallen, more } = await unhealthy.wrong();
    const someOf = (id: string, row?: IssueView): Trouble['some'][number] => {
      const url = refOf(id) ? (operatorUrl(id) ?? row?.url ?? null) : null;
      return { id, name: row?.shortId ?? id, url };
    };
    for (const row of attention) addIssue(all, row, someOf(row.id, row).url, vendorOf);
    for (const [code, list] of [
      ['workflow_stuck', stuck],
      ['workflow_failed', fallen],
    ] as const)
      for (const { id, at: ended, row } of list) {
        const since = code === 'workflow_failed' ? ended : at;
        addTrouble(all, { vendor: vendorOf(code), code, count: 1, since, some: [someOf(id, row)] });
      }
    for (const trouble of feedTroubles(await feed(org).catch(() => undefined), at)) addTrouble(all, trouble);
    for (const trouble of all.values()) if (trouble.code === HELD) trouble.projects = heldProjects(attention);
    const troubles = [...all.values()].map((t) => ({ ...t, some: t.some.slice(0, SOME_MAX) }));
    if (known !== undefined) await askWhatWasSaid(deps, troubles, known);
    return {
      at,
      troubles,
      more,
      every: rules().settings.alertEvery,
      timezone: rules().timezone,
      chat: NAMED.chat,
      can: { chat: chat !== undefined && can('').write, report: selfSentry !== undefined },
    } satisfies Look;
  });
}

/** Of each new cause one issue is asked, once: the rows of lists carry no messages. Who does not answer is not waited for. */
async function askWhatWasSaid({ attention }: Deps, troubles: Trouble[], known: string[]): Promise<void> {
  const fresh = troubles.filter((t) => t.said === undefined && !known.includes(keyOf(t)));
  const ask = async (trouble: Trouble): Promise<void> => {
    const [one] = trouble.some;
    if (!one || !refOf(one.id) || trouble.vendor === 'Temporal') return;
    const failed = await attention(one.id).catch(() => undefined);
    const mine = failed?.find(({ code, step }) => keyOf({ vendor: vendorOf(code, step), code }) === keyOf(trouble));
    if (mine) trouble.said = saidIn(mine);
  };
  await Promise.all(fresh.slice(0, ASKED_MAX).map(ask));
}

/** What a failure's message says besides the words of its code. */
function saidIn({ code, message }: { code: string; message: string }): string {
  const words = entryOf(code)?.message ?? '';
  return say(message.startsWith(words) ? message.slice(words.length) : message, SAID_MAX);
}

/** What the sweeping of Sentry itself suffers from. */
export function feedTroubles(feed: FeedRecord | undefined, now: Instant): Trouble[] {
  const troubles: Trouble[] = [];
  const { failed, silent = 0, last } = feed ?? {};
  if (failed && failed.tries >= (entryOf(failed.code)?.retry === false ? 1 : SWEEPS_FAILED))
    troubles.push({
      vendor: vendorOf(failed.code, 'readIssue'),
      code: failed.code,
      count: 0,
      sweeps: failed.tries,
      since: failed.at,
      some: [],
      said: saidIn(failed),
    });
  if (silent >= SWEEPS_SILENT)
    troubles.push({
      vendor: vendorOf('webhooks_silent'),
      code: 'webhooks_silent',
      count: 0,
      sweeps: silent,
      since: last?.startedAt ?? now,
      some: [],
    });
  return troubles;
}

/**
 * Slack has no idempotency: an attempt whose answer was lost may be repeated, so that a new alert is rather said twice
 * than never. An edit is a state; a message that is gone or may not be edited any more is posted anew.
 */
export function tellAlert({ chat: slack, rules }: Deps): Alarms['tellAlert'] {
  return coded(async ({ alert }) => {
    if (!slack) return alert.message ?? { channel: '', ts: '' };
    const body = renderAlert(alert, entryOf(alert.code), rules().timezone);
    const message = {
      text: toSlackMrkdwn(body),
      blocks: toSlackBlocks(body),
      key: keyOfMessage(alert),
      urgent: true,
    } as const;
    const edited = alert.message && (await slack.update(alert.message, message));
    return edited ?? slack.post(message);
  });
}

const keyOfMessage = ({ vendor, code, since }: Alert): string => `alert ${vendor} ${code} ${since}`;

/** An event with the same id each time, so that a repetition is told from a second event. Never throws. */
export function reportAlert({ selfSentry, log }: Deps): Alarms['reportAlert'] {
  return async ({ alert }) => {
    if (!selfSentry) return true;
    const { vendor, code, over, count, since } = alert;
    const words = entryOf(code)?.message ?? '';
    const said = alert.said ?? '';
    const todo = adviceOf(alert, entryOf(code)?.todo ?? '');
    const projects = alert.projects?.some.join(', ') ?? '';
    const what = {
      count,
      most: alert.most.count,
      sweeps: alert.sweeps ?? 0,
      since,
      over: over ?? '',
      said,
      projects,
      todo,
    };
    const sent = await selfSentry.send(
      {
        level: over === undefined ? 'error' : 'info',
        message: over === undefined ? `${vendor}: ${code}. ${words}` : `Over: ${vendor}: ${code}. ${words}`,
        fingerprint: ['errand-alert', vendor, code],
        tags: { vendor, code },
        extra: what,
        key: `${keyOfMessage(alert)} ${over ?? ''}`,
      },
      Context.current().cancellationSignal,
    );
    if (!sent) log.warn({ code }, 'our own Sentry could not be told of an alert; it is tried again');
    return sent;
  };
}
