/** What needs a person, by cause; and the one message of each. */
import { Context } from '@temporalio/activity';
import { CATALOGUE, type ErrorEntry } from '../errors';
import { addTrouble, SOME_MAX, vendorOf } from '../issue/alerts';
import { renderAlert } from '../text/alert';
import { toSlackBlocks, toSlackMrkdwn } from '../text/markup';
import type { Alarms, Alert, FeedRecord, Instant, IssueView, Look, Reads, Trouble } from '../types';
import { refOf } from '../contract';
import type { Deps } from './deps';
import { coded } from './failure';

/** One sweep may meet a moment of Sentry's; what no try can cure needs a person at once. */
const SWEEPS_FAILED = 2;
/** One sweep may overtake a webhook. */
const SWEEPS_SILENT = 2;

const entryOf = (code: string): ErrorEntry | undefined => (CATALOGUE as Record<string, ErrorEntry>)[code];

/** Reads only. */
export function lookAround({ ailing, feed, rules, can, slack, selfSentry, operatorUrl }: Deps): Reads['lookAround'] {
  return coded(async ({ org }) => {
    const at = new Date().toISOString();
    const all = new Map<string, Trouble>();
    const { attention, stuck, fallen, more } = await ailing.wrong();
    const someOf = (id: string, row?: IssueView): Trouble['some'][number] => {
      const url = refOf(id) ? (operatorUrl(id) ?? row?.url ?? null) : null;
      return { id, name: row?.shortId ?? id, url };
    };
    for (const row of attention)
      for (const { step, code, since } of row.attention)
        addTrouble(all, { vendor: vendorOf(code, step), code, count: 1, since, some: [someOf(row.id, row)] });
    for (const [code, list] of [
      ['workflow_stuck', stuck],
      ['workflow_failed', fallen],
    ] as const)
      for (const { id, at: ended, row } of list) {
        const since = code === 'workflow_failed' ? ended : at;
        addTrouble(all, { vendor: vendorOf(code), code, count: 1, since, some: [someOf(id, row)] });
      }
    for (const trouble of feedTroubles(await feed(org).catch(() => undefined), at)) addTrouble(all, trouble);
    return {
      at,
      troubles: [...all.values()].map((t) => ({ ...t, some: t.some.slice(0, SOME_MAX) })),
      more,
      every: rules().settings.alertEvery,
      can: { chat: slack !== undefined && can.write, report: selfSentry !== undefined },
    } satisfies Look;
  });
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
    });
  if (silent >= SWEEPS_SILENT)
    troubles.push({
      vendor: 'Sentry',
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
export function tellAlert({ slack }: Deps): Alarms['tellAlert'] {
  return coded(async ({ alert }) => {
    if (!slack) return alert.message ?? { channel: '', ts: '' };
    const body = renderAlert(alert, entryOf(alert.code));
    const message = { text: toSlackMrkdwn(body), blocks: toSlackBlocks(body), key: keyOfMessage(alert) };
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
    const what = { count, sweeps: alert.sweeps ?? 0, since, over: over ?? '', todo: entryOf(code)?.todo ?? '' };
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
