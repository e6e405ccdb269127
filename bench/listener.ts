/**
 * The product's public listener around an inbox, for the benchmarks of durable answers. Also a process of its own, so that it is as
 * cold as after a start: `listener.ts <secret> <directory>` prints its port, and ends with its standard input.
 */
import { pino } from 'pino';
import { openInbox, type Inbox } from '../src/api/inbox/inbox';
import { inboxState } from '../src/api/metrics';
import { createPublicApp } from '../src/api/public';
import { createMetrics } from '../src/telemetry/metrics';
import { sentrySource } from '../src/vendors/sentry/webhook';
import type { WebhookSource } from '../src/vendors/source';

/** Signatures checked and bodies read as in production. */
export function realSource(secret: string): WebhookSource {
  return sentrySource({ secrets: [secret], org: 'acme', person: () => undefined });
}

export function publicApp(source: WebhookSource, inbox: Inbox) {
  return createPublicApp({
    inbox,
    sentry: source,
    legacy: source,
    legacyToken: undefined,
    kept: () => undefined,
    installation: () => undefined,
    signatures: { refused: () => undefined, verified: () => undefined },
    ready: () =>
      Promise.resolve({ ready: true, mode: 'live', degraded: [], webhooks: { firstVerified: null, refused: null } }),
    metrics: createMetrics({
      version: 'bench',
      inbox: () => inboxState(inbox),
      signals: () => ({ sent: 0, paused: 0, invalid: 0 }),
      temporal: () => Promise.resolve({ up: false }),
      mistakes: () => 0,
    }),
    log: pino({ level: 'silent' }),
  });
}

async function main([secret = '', dir = '']: string[]): Promise<void> {
  const app = publicApp(realSource(secret), openInbox(dir));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  process.stdout.write(`${new URL(url).port}\n`);
  process.stdin.resume().once('end', () => process.exit());
}

if (require.main === module) void main(process.argv.slice(2));
