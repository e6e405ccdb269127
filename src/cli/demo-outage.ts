/** `errand demo outage`: a vendor goes down, an error appears meanwhile, and the vendor comes back. */
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxInfo } from '../process/sandbox-env';
import type { IssueDetail } from '../core/issue/view';
import { Exit, type CliContext } from './context';
import { asanaOf, control, newIssue, untilAskedAnew } from './demo-sandbox';
import { follow, isAtRest } from './follow';

export const VENDORS = ['asana', 'sentry', 'calamari', 'slack'] as const;
export type VendorName = (typeof VENDORS)[number];
/** Attempts come after 0, 2, 6 and 14 s: three in vain, and not long to wait for the fourth. */
export const OUTAGE_DEFAULT = '10s';
/** Attempts come 2 s, 4 s, 8 s … apart: after an outage the next is at most about as far away as the outage was long. */
export const OUTAGE_MAX_MS = 60_000;
const POLL_MS = 250;
/** Beyond the outage and as long again: what an issue takes anyway. */
const PATIENCE_MS = 60_000;

export type Outage = {
  vendor: VendorName;
  downForMs: number;
  /** What the vendor hung up on. */
  requestsInVain: number;
  tasks: number;
  issue: IssueDetail | null;
};
type Say = (line: string) => void;
type Fault = { id: string; hits: number };

/**
 * Plays the scene. The fault is lifted however it ends: also by Ctrl-C, a signal, or an error.
 * @param forMs how long the vendor is down, in ms, {@link OUTAGE_MAX_MS} at most
 * @throws Exit with 128 + the signal's number when it was interrupted
 */
export async function outage(
  ctx: CliContext,
  sandbox: SandboxInfo,
  vendor: VendorName,
  forMs: number,
  say: Say,
): Promise<Outage> {
  // Else nobody would ask the one that is down.
  if (vendor === 'calamari') await untilAskedAnew(sandbox, say);
  const stop = new AbortController();
  const interrupted = interruption();
  let fault: Fault | undefined;
  try {
    fault = (await control<Fault[]>(sandbox, '/faults', { vendor, kind: 'down' })).at(-1);
    const play = story(ctx, sandbox, vendor, forMs, fault?.id ?? '', say, stop.signal);
    return await Promise.race([play, interrupted.promise]);
  } finally {
    stop.abort();
    interrupted.forget();
    if (fault) await lift(sandbox, fault.id);
  }
}

/** Lifted already: so much the better. */
async function lift(sandbox: SandboxInfo, id: string): Promise<void> {
  if ((await faultOf(sandbox, id)) !== undefined) await control(sandbox, `/faults/${id}`, {}, 'DELETE');
}

async function faultOf(sandbox: SandboxInfo, id: string): Promise<Fault | undefined> {
  return (await control<Fault[]>(sandbox, '/faults', {}, 'GET')).find((f) => f.id === id);
}

async function story(
  ctx: CliContext,
  sandbox: SandboxInfo,
  vendor: VendorName,
  forMs: number,
  fault: string,
  say: Say,
  stopped: AbortSignal,
): Promise<Outage> {
  const from = Date.now();
  const name = vendor.charAt(0).toUpperCase() + vendor.slice(1);
  say(`  ${vendor.padEnd(9)} down from now on: it hangs up on every request`);
  const title = `TimeoutError: no answer while ${name} is down (${new Date(from).toISOString().slice(11, 19)})`;
  const id = await newIssue(sandbox, { title, project: 'checkout-api', platform: 'node' });
  let over = false;
  let requestsInVain = 0;
  const watch = async (): Promise<void> => {
    for (; Date.now() - from < forMs && !stopped.aborted; await sleep(POLL_MS)) {
      const hits = (await faultOf(sandbox, fault))?.hits ?? 0;
      if (hits > requestsInVain)
        say(
          `  ${vendor.padEnd(9)} asked in vain ${after(from)}${requestsInVain === 0 ? '; tried again, each time after twice the pause' : ''}`,
        );
      requestsInVain = Math.max(requestsInVain, hits);
    }
    if (stopped.aborted) return;
    await lift(sandbox, fault);
    over = true;
    say(`  ${vendor.padEnd(9)} is back ${after(from)}`);
  };
  const patience = 2 * forMs + PATIENCE_MS;
  const [followed] = await Promise.all([follow(ctx, id, from, say, (i) => over && isAtRest(i), patience), watch()]);
  const issue = followed && followed.attention.length > 0 ? await retried(ctx, followed, say) : followed;
  const { tasks } = await asanaOf(sandbox, [id]);
  return { vendor, downForMs: forMs, requestsInVain, tasks, issue: issue ?? null };
}

/** What has used up its attempts is tried again in ten minutes, or when somebody says so. */
async function retried(ctx: CliContext, issue: IssueDetail, say: Say): Promise<IssueDetail | undefined> {
  say('  operator  retry: what needs a person is tried at once');
  const from = Date.now();
  await ctx.ask(`/issues/${encodeURIComponent(issue.id)}/retry`, { method: 'POST' });
  return follow(ctx, issue.id, from, say, (i) => i.attention.length === 0 && isAtRest(i));
}

function after(from: number): string {
  return `after ${Math.round((Date.now() - from) / 1_000)} s`;
}

/** Rejects at the first signal that would end the process; `forget` gives the signals back. */
function interruption(): { promise: Promise<never>; forget: () => void } {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  let onSignal: (name: NodeJS.Signals) => void = () => undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    onSignal = (name) => reject(new Exit(128 + constants.signals[name], 'Interrupted. The vendor is up again.'));
  });
  // It may come before anybody waits for it.
  promise.catch(() => undefined);
  for (const name of signals) process.on(name, onSignal);
  return {
    promise,
    forget: () => {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}

/** The end of the story, for people. */
export function outageEnd({ issue, tasks, requestsInVain }: Outage): string {
  return [
    '',
    ...(issue?.task ? [`  task  ${issue.task.url}`] : []),
    `  Requests in vain: ${requestsInVain}. Tasks in Asana: ${tasks}.`,
  ].join('\n');
}

/** What is wrong with it, if anything is. */
export function outageProblem({ issue, tasks }: Outage): string | undefined {
  if (tasks !== 1) return `There are ${tasks} tasks, not one.`;
  if (!issue || !isAtRest(issue)) return 'The issue has not settled yet; see `errand issue`.';
  return issue.attention.length > 0 ? 'The issue needs a person; see `errand issue`.' : undefined;
}
