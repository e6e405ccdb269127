/** Pure: what needs a person, compared with what was told of it; and that record in words. */
import { NO_PROJECT } from '../../contract';
import type { Instant } from '../refs';
import type { Alert, AlertsRecord, Look, Trouble, Vendor } from './record';
import { HELD } from '../issue/attention';
import { since, timeWords } from '../time';
import type { IssueView } from '../issue/row';

/** A cause that two looks in a row do not find is over; one look may miss a run that is just being continued. */
const ABSENT_LOOKS = 2;
/** A number that moved a little is told at every fifth look only: an edit is an action and rings nobody. */
const EDIT_LOOKS = 5;
/** Causes are a few dozen codes; more than these are told when others are over. */
const ALERTS_MAX = 50;
/** Ids that a message names. */
export const SOME_MAX = 5;
/** Less would be a busy loop against Temporal. */
const EVERY_MIN = 1_000;

/** Whose doing a failure is that an issue shows. */
export type VendorOf = (code: string, step: IssueView['attention'][number]['step']) => Vendor;

/** Puts one more into its cause; the earliest `since` stands. Changes `all`. */
export function addTrouble(all: Map<string, Trouble>, one: Trouble): void {
  const key = keyOf(one);
  const old = all.get(key);
  if (!old) return void all.set(key, one);
  old.count += one.count;
  if (one.sweeps !== undefined) old.sweeps = one.sweeps;
  if (one.times !== undefined) old.times = Math.max(old.times ?? 0, one.times);
  if (one.since < old.since) old.since = one.since;
  old.said ??= one.said;
  old.some = [...old.some, ...one.some].slice(0, SOME_MAX);
}

/** Puts an issue in attention into its causes, once into each. Changes `all`. @param url for people */
export function addIssue(
  all: Map<string, Trouble>,
  { id, shortId, attention }: IssueView,
  url: string | null,
  vendorOf: VendorOf,
): void {
  const its = new Map<string, Trouble>();
  for (const { step, code, since } of attention) {
    const cause = { vendor: vendorOf(code, step), code };
    const earlier = its.get(keyOf(cause))?.since ?? since;
    its.set(keyOf(cause), {
      ...cause,
      count: 1,
      since: earlier < since ? earlier : since,
      some: [{ id, name: shortId ?? id, url }],
    });
  }
  for (const one of its.values()) addTrouble(all, one);
}

/** Where new tasks are held back, by the issues in attention. */
export function heldProjects(attention: IssueView[]): NonNullable<Trouble['projects']> {
  const held = new Map<string, number>();
  for (const { project, attention: failed } of attention) {
    const slug = project === null || project === '' ? NO_PROJECT : project;
    if (failed.some((a) => a.code === HELD)) held.set(slug, (held.get(slug) ?? 0) + 1);
  }
  const slugs = [...held].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([slug]) => slug);
  return { some: slugs.slice(0, SOME_MAX), others: Math.max(0, slugs.length - SOME_MAX) };
}

export function keyOf({ vendor, code }: Pick<Trouble, 'vendor' | 'code'>): string {
  return `${vendor} ${code}`;
}

export function initialAlerts(): AlertsRecord {
  return { version: 1, looks: 0, alerts: [] };
}

/** @returns the record after a look; the input is not changed */
export function looked(record: AlertsRecord, look: Look): AlertsRecord {
  const found = new Map(look.troubles.map((t) => [keyOf(t), t]));
  // Processes that start together make it look several times within a moment.
  const isApart = !record.last || since(record.last.at, look.at) >= look.every / 2;
  const stay = record.alerts.flatMap((alert): Alert[] => {
    if (alert.over !== undefined) return [alert];
    const trouble = found.get(keyOf(alert));
    found.delete(keyOf(alert));
    if (trouble) {
      const most = { count: Math.max(alert.most.count, trouble.count), more: alert.most.more || look.more };
      // What is counted of it now, and nothing that was: `times` of an outage that is over while some issues still wait.
      const { times: _times, sweeps: _sweeps, ...before } = alert;
      return [{ ...before, ...trouble, since: alert.since, more: look.more, most, absent: 0 }];
    }
    const absent = alert.absent === 0 || isApart ? alert.absent + 1 : alert.absent;
    if (absent < ABSENT_LOOKS) return [{ ...alert, absent }];
    // Nobody heard of it, so nobody need hear that it is over.
    if (!alert.announced && !alert.reported) return [];
    return [{ ...alert, absent, over: look.at }];
  });
  const room = ALERTS_MAX - stay.filter((a) => a.over === undefined).length;
  const { more } = look;
  const opened = [...found.values()]
    .slice(0, room)
    .map((t): Alert => ({ ...t, more, most: { count: t.count, more }, absent: 0 }));
  const alerts = [...stay, ...opened].filter((a) => !isSettled(a, look.can)).slice(-2 * ALERTS_MAX);
  const { at, every, timezone, can, chat } = look;
  const last = {
    at,
    every: Math.max(EVERY_MIN, every),
    ...(timezone === undefined ? {} : { timezone }),
    can,
    ...(chat === undefined ? {} : { chat }),
  };
  return { version: 1, looks: record.looks + 1, last, alerts };
}

/** The causes that have an alert: of these no message is asked for again. */
export function knownCauses({ alerts }: AlertsRecord): string[] {
  return alerts.filter((a) => a.over === undefined).map(keyOf);
}

/** It is over, and whoever heard of it knows that. */
function isSettled(alert: Alert, can: Look['can']): boolean {
  return alert.over !== undefined && !owesMessage(alert, can, 0, alert.over) && !owesReport(alert, can);
}

/** Is there something to post or to edit? */
function owesMessage(alert: Alert, can: Look['can'], every: number, now: Instant): boolean {
  const { announced, over, count, sweeps = 0, times = 0 } = alert;
  if (!can.chat) return false;
  if (over !== undefined) return announced !== undefined && !announced.over;
  if (!announced) return true;
  if (announced.count === count && announced.sweeps === sweeps && (announced.times ?? 0) === times) return false;
  const moved = count >= 2 * announced.count || 2 * count <= announced.count;
  return (moved && count !== announced.count) || since(announced.at, now) >= EDIT_LOOKS * every;
}

function owesReport({ over, reported }: Alert, can: Look['can']): boolean {
  if (!can.report) return false;
  return over === undefined ? reported === undefined : reported === 'opened';
}

/** Who is still to be told of which alert, after a look. */
export function pendingAlarms(record: AlertsRecord): { message: Alert[]; report: Alert[] } {
  const { last, alerts } = record;
  if (!last) return { message: [], report: [] };
  return {
    message: alerts.filter((a) => owesMessage(a, last.can, last.every, last.at)),
    report: alerts.filter((a) => owesReport(a, last.can)),
  };
}

/** @param alert as it was told */
export function announced(record: AlertsRecord, alert: Alert, message: Alert['message'], at: Instant): AlertsRecord {
  const { count, sweeps = 0, times, over } = alert;
  const said = { at, count, sweeps, ...(times === undefined ? {} : { times }), over: over !== undefined };
  return change(record, alert, { message, announced: said });
}

export function reported(record: AlertsRecord, alert: Alert): AlertsRecord {
  return change(record, alert, { reported: alert.over === undefined ? 'opened' : 'over' });
}

function change(record: AlertsRecord, announced: Alert, by: Partial<Alert>): AlertsRecord {
  const same = (a: Alert): boolean =>
    keyOf(a) === keyOf(announced) && a.since === announced.since && a.over === announced.over;
  return { ...record, alerts: record.alerts.map((a) => (same(a) ? { ...a, ...by } : a)) };
}

/** Markdown for the Web UI. */
export function detailsOfAlerts({ alerts, last, failed, looks }: AlertsRecord): string {
  const open = alerts.filter((a) => a.over === undefined);
  const when = (at: Instant): string => timeWords(at, last?.timezone);
  const lines = [last ? `Looked ${looks} times, last at ${when(last.at)}.` : 'Nothing was looked at yet.'];
  if (last && open.length === 0) lines.push('', 'Nothing needs a person.');
  for (const a of open) {
    const who = a.some.map((s) => s.name).join(', ');
    const chat = last?.chat ?? 'the chat';
    const heard = a.announced
      ? `sent to ${chat}`
      : last?.can.chat
        ? `not sent to ${chat} yet`
        : `not sent: ${chat} is not configured`;
    lines.push(
      '',
      `⚠ ${a.vendor} \`${a.code}\`: ${a.count}${a.more ? ' or more' : ''} since ${when(a.since)} (${heard}) ${who}`,
    );
    if (a.said) lines.push('', `\`${a.said.replaceAll('`', "'")}\``);
  }
  if (failed) lines.push('', `⚠ could not look ${failed.tries}×, last at ${when(failed.at)}: ${failed.message}`);
  return lines.join('\n');
}
