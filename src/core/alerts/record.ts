/** What needs a person, and how it is told. Plain JSON, since it stands in histories. */
import type { Instant } from '../refs';

/** Whose doing it is, as people call it. `Temporal`; `Temporal`; `Errand`: its rules, its people, itself. */
export type Vendor = string;

/** What needs a person now: all that has one cause. */
export type Trouble = {
  vendor: Vendor;
  code: string;
  /** Issues, or workflows that are none; with `sweeps` or `times` it may be 0. */
  count: number;
  /** Sweeps in a row that failed, or that were silent. */
  sweeps?: number;
  /** Webhooks that were refused, mistakes in the rules, or calls of the vendor that failed: what a process tells of itself. */
  times?: number;
  since: Instant;
  /** A few of them; `url` is for people, null when there is none. */
  some: { id: string; name: string; url: string | null }[];
  /** The message that one of them failed with, short and without secrets; '' when it says no more than the code; absent when not known. */
  said?: string;
  /** Sentry projects whose new tasks are held back, `*` for the unknown one; first where most wait. */
  projects?: { some: string[]; others: number };
};

/** What one look around found. */
export type Look = {
  at: Instant;
  troubles: Trouble[];
  /** More need a person than are listed at once: the counts are at least those. */
  more: boolean;
  /** `settings.alertEvery` of the rules in force, in ms. */
  every: number;
  /** IANA; that of the rules in force. Absent: UTC. */
  timezone?: string;
  /** Who can be told. */
  can: { chat: boolean; report: boolean };
  /** What the chat is called. */
  chat?: string;
};

/** One trouble from its first look to its last; told by one message, which is edited. */
export type Alert = Trouble & {
  more: boolean;
  /** The highest count so far, and whether there were more than could be counted. */
  most: { count: number; more: boolean };
  /** Looks in a row that did not find it any more. */
  absent: number;
  over?: Instant;
  /** What the message says now, and where it is. */
  announced?: { at: Instant; count: number; sweeps: number; times?: number; over: boolean };
  message?: { channel: string; ts: string };
  /** What our own Sentry knows of it. */
  reported?: 'opened' | 'over';
};

/** What the workflow `alerts:<org>` keeps. */
export type AlertsRecord = {
  version: 1;
  looks: number;
  last?: Pick<Look, 'at' | 'every' | 'timezone' | 'can' | 'chat'>;
  /** The last look could not be made. */
  failed?: { at: Instant; message: string; tries: number };
  alerts: Alert[];
};

/** How an alert is told. */
export type Alarms = {
  /** Posts the alert's message, or edits it. */
  tellAlert(input: { alert: Alert }): Promise<NonNullable<Alert['message']>>;
  /** Tells our own Sentry that it began, or that it is over; false when that could not be reached. */
  reportAlert(input: { alert: Alert }): Promise<boolean>;
};
