/** `errand send`: a recorded payload, signed as Sentry signs it, to a running Errand. */
import { createHmac, randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { SENT_BY_HAND } from '../contract';
import { EXIT } from '../errors';
import { Exit, unreachable, type CliContext } from './context';
import { fixtureNames, readFixture, type Fixture } from './fixtures';
import type { SandboxInfo } from '../process/sandbox-env';

const DEFAULT_URL = 'http://127.0.0.1:8080';
const TIMEOUT_MS = 10_000;
const JSON_BODY = { 'content-type': 'application/json' };

export type Sent = { status: number; ms: number; delivery: string | null; issue: string | null };

export function sendCommand(program: Command, ctx: CliContext): void {
  program
    .command('send')
    .description('send a recorded Sentry payload, signed, to a running Errand')
    .argument('[fixture]', 'its name, or the path of a JSON file')
    .option('--list', 'list the payloads that come with Errand')
    .option('--url <url>', 'the public listener; default: the running `errand up`')
    .option('--secret <secret>', 'the client secret to sign with; default: SENTRY_CLIENT_SECRET, or the sandbox’s')
    .option('--resource <resource>', 'value of Sentry-Hook-Resource, if the name does not show it')
    .action(
      async (name: string | undefined, o: { list?: boolean; url?: string; secret?: string; resource?: string }) => {
        if (o.list || name === undefined) {
          const names = fixtureNames();
          ctx.show(names, () => names.join('\n'));
          if (!o.list) throw new Exit(EXIT.usage, 'Say which payload to send.');
          return;
        }
        const fixture = readFixture(name, o.resource);
        // --url is also a global option (the operators' listener); after `send` it is the public one.
        const sent = await send(ctx, fixture, {
          url: o.url ?? (program.opts().url as string | undefined),
          secret: o.secret,
        });
        ctx.show(sent, () => wordsOf(fixture.name, sent));
        if (sent.status >= 300) throw new Exit(EXIT.finding);
      },
    );
}

function wordsOf(name: string, { status, ms, delivery, issue }: Sent): string {
  const where = `${delivery ? `, delivery ${delivery}` : ''}${issue ? `; see \`errand issue ${issue}\`` : ''}`;
  const why =
    status === 401
      ? '\nIts signature was refused: --secret, or SENTRY_CLIENT_SECRET here, is not that of the running Errand.'
      : '';
  return `${name}: answered ${status} in ${ms} ms${where}${why}`;
}

/** Raises the issue in pretend Sentry first, when that is the Sentry that Errand reads, so that its read finds it. */
export async function send(ctx: CliContext, fixture: Fixture, to: { url?: string; secret?: string }): Promise<Sent> {
  const running = ctx.running();
  const sandbox = running?.sandbox ?? undefined;
  const base = (to.url ?? running?.url ?? DEFAULT_URL).replace(/\/+$/, '');
  const secret = to.secret ?? ctx.env.sentrySecret ?? sandbox?.sentrySecret;
  const issue = sandbox ? await raise(sandbox, fixture) : null;
  const began = performance.now();
  const answer = await post(ctx, base, fixture, secret, sandbox);
  const body = (await answer.json().catch(() => ({}))) as { delivery?: string };
  return { status: answer.status, ms: Math.round(performance.now() - began), delivery: body.delivery ?? null, issue };
}

/** As Sentry's integration sends: HMAC-SHA256 over the exact bytes. */
export function signedHeaders(raw: Buffer, resource: string, secret: string): Record<string, string> {
  return {
    ...JSON_BODY,
    'sentry-hook-resource': resource,
    'sentry-hook-timestamp': String(Math.floor(Date.now() / 1_000)),
    'sentry-hook-signature': createHmac('sha256', secret).update(raw).digest('hex'),
    'request-id': randomBytes(16).toString('hex'),
  };
}

async function post(
  ctx: CliContext,
  base: string,
  fixture: Fixture,
  secret: string | undefined,
  sandbox: SandboxInfo | undefined,
): Promise<Response> {
  let headers: Record<string, string> = JSON_BODY;
  let path = '/webhooks/sentry';
  if (fixture.legacy) {
    const token = ctx.env.legacyToken ?? sandbox?.legacyToken;
    if (!token) throw new Exit(EXIT.environment, 'The legacy plugin’s path needs SENTRY_LEGACY_TOKEN.');
    path = `/webhooks/sentry/legacy/${token}`;
  } else {
    if (!secret)
      throw new Exit(EXIT.environment, 'No secret to sign with: give --secret, or set SENTRY_CLIENT_SECRET.');
    headers = { ...signedHeaders(fixture.raw, fixture.resource, secret), [SENT_BY_HAND]: '1' };
  }
  try {
    return await fetch(`${base}${path}`, {
      method: 'POST',
      headers,
      body: new Uint8Array(fixture.raw),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (e) {
    throw unreachable(base, e);
  }
}

/** @returns the issue's id, or null when the payload names none or pretend Sentry is not running */
async function raise(sandbox: SandboxInfo, fixture: Fixture): Promise<string | null> {
  try {
    const answer = await fetch(`${sandbox.url}/_control/sentry/raise`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ payload: fixture.body, resource: fixture.resource }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!answer.ok) return null;
    return ((await answer.json()) as { id: string }).id;
  } catch {
    return null;
  }
}
