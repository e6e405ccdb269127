/**
 * Our own failures, told to a Sentry project of our own (SELF_SENTRY_DSN). The protocol is Sentry's envelope
 * (develop.sentry.dev/sdk/foundations/data-model/envelopes): one HTTP request for each event. Sentry takes events only, so that
 * an alert's end is another event of the same issue. Nothing here throws, waits in a line, or holds anybody up: what cannot be sent is dropped.
 */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { Dsn } from '../config/dsn';
import { truncate, scrub } from '../text/scrub';

const TIMEOUT_MS = 5_000;
/** A loop of failures must not become a storm: one event of a kind in five minutes, thirty of all kinds in a minute. */
const SAME_MS = 5 * 60_000;
const WINDOW_MS = 60_000;
const PER_WINDOW = 30;
const AT_ONCE = 5;
const KINDS_MAX = 200;
/** Sentry's pause where it refuses for too many events and names none. */
const REFUSED_MS = 60_000;
const TEXT_MAX = 1_000;
const STACK_MAX = 8_000;

export type SelfEvent = {
  level: 'fatal' | 'error' | 'info';
  message: string;
  /** Of what belongs together. */
  fingerprint?: string[];
  tags?: Record<string, string>;
  extra?: Record<string, string | number>;
  error?: Error;
  /** Makes it one event, however often it is sent; without it each is another. */
  key?: string;
};
export type SelfSentry = {
  /** Sends now. @returns false when it did not arrive */
  send(event: SelfEvent, signal?: AbortSignal): Promise<boolean>;
  /** Sends some time, unless too many are sent already. */
  capture(event: SelfEvent): void;
  /** Waits for what is on its way, `ms` at most. */
  flush(ms: number): Promise<void>;
};
export type SelfSentryOptions = { dsn: Dsn; process: string; version: string; now?: () => number };

/** @returns undefined without a DSN */
export function selfSentryOf(dsn: Dsn | undefined, process: string, version: string): SelfSentry | undefined {
  return dsn && createSelfSentry({ dsn, process, version });
}

export function createSelfSentry({ dsn, process, version, now = Date.now }: SelfSentryOptions): SelfSentry {
  const client = `errand/${version}`;
  const onTheirWay = new Set<Promise<boolean>>();
  const kinds = new Map<string, number>();
  let window = { since: 0, sent: 0 };
  let notBefore = 0;

  const send = async (event: SelfEvent, signal?: AbortSignal): Promise<boolean> => {
    if (now() < notBefore) return false;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const answer = await fetch(dsn.endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-sentry-envelope',
          'x-sentry-auth': `Sentry sentry_version=7, sentry_client=${client}, sentry_key=${dsn.publicKey}`,
        },
        body: envelopeOf(event, { process, version, at: now() }),
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      // Only its status and headers say anything; how long it is, is its sender's choice.
      await answer.body?.cancel();
      if (answer.status === 429) notBefore = now() + pauseOf(answer.headers.get('retry-after'));
      return answer.ok;
    } catch {
      return false;
    }
  };

  const mayCapture = (event: SelfEvent): boolean => {
    const at = now();
    const kind = kindOf(event);
    if (onTheirWay.size >= AT_ONCE || at - (kinds.get(kind) ?? -Infinity) < SAME_MS) return false;
    if (at - window.since >= WINDOW_MS) window = { since: at, sent: 0 };
    if (window.sent >= PER_WINDOW) return false;
    window.sent += 1;
    kinds.delete(kind);
    kinds.set(kind, at);
    // The oldest are forgotten, which at worst tells one more.
    for (const old of kinds.keys()) if (kinds.size > KINDS_MAX) kinds.delete(old);
    return true;
  };

  return {
    send,
    capture(event) {
      if (!mayCapture(event)) return;
      const way = send(event);
      onTheirWay.add(way);
      void way.finally(() => onTheirWay.delete(way));
    },
    async flush(ms) {
      const late = new Promise<void>((done) => setTimeout(done, ms).unref());
      await Promise.race([Promise.all(onTheirWay), late]);
    },
  };
}

function pauseOf(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? NaN);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : REFUSED_MS;
}

function kindOf({ message, error, fingerprint }: SelfEvent): string {
  return JSON.stringify(fingerprint ?? [message, error?.name, error?.message.slice(0, TEXT_MAX)]);
}

const masked = (text: string, max = TEXT_MAX): string => truncate(scrub(text), max);
const maskedAll = <T extends string | number>(all: Record<string, T>): Record<string, string | T> =>
  Object.fromEntries(
    Object.entries(all).map(([name, value]) => [name, typeof value === 'string' ? masked(value) : value]),
  );

/** Exported for the tests. @returns three lines: the envelope's header, the item's, and the event */
export function envelopeOf(event: SelfEvent, by: { process: string; version: string; at: number }): string {
  const at = new Date(by.at).toISOString();
  const id = createHash('sha256')
    .update(event.key ?? `${at} ${Math.random()}`)
    .digest('hex')
    .slice(0, 32);
  const { error } = event;
  const payload = {
    event_id: id,
    timestamp: at,
    platform: 'node',
    level: event.level,
    logger: by.process,
    release: `errand@${by.version}`,
    server_name: hostname(),
    message: { formatted: masked(event.message) },
    ...(event.fingerprint ? { fingerprint: event.fingerprint } : {}),
    tags: maskedAll({ process: by.process, ...event.tags }),
    extra: {
      ...maskedAll(event.extra ?? {}),
      ...(error?.stack === undefined ? {} : { stack: masked(error.stack, STACK_MAX) }),
    },
    ...(error ? { exception: { values: [{ type: masked(error.name), value: masked(error.message) }] } } : {}),
  };
  return [{ event_id: id, sent_at: at }, { type: 'event' }, payload].map((line) => JSON.stringify(line)).join('\n');
}
