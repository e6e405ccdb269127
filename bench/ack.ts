/**
 * Durable answers: how many webhooks a second the public listener answers when each is on the disk before its answer, beside
 * the same listener with an inbox that stores nothing. All four listeners are the product's own `createPublicApp`.
 * "Bare" gets a ready-made hint, so that little but the inbox differs, and has the aim; "whole" checks the signature and
 * reads the body, as in production, which costs more than the disk and so flatters the ratio. Beside them a Flask route (flask.ts).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openInbox, type Inbox } from '../src/api/inbox/inbox';
import { workflowIdOf } from '../src/contract';
import { jsonOf } from '../src/api/webhooks/json';
import type { WebhookSource } from '../src/vendors/source';
import { temporaryDir } from '../test/support/run';
import { median, ratioOf, type Figure, type Say } from './figures';
import { besideFlask } from './flask';
import type { Answers } from './http-load';
import { publicApp, realSource } from './listener';

/** Of the listener that stores nothing. 0.38 to 0.50 was measured when the inbox was chosen. */
const AIM = 0.35;
const SECRET = 'bench';
const BODY = join(__dirname, '..', 'test', 'fixtures', 'sentry', 'issue.created.docs-2025.json');
const RESOURCE = 'issue';
const LOAD = join(__dirname, 'http-load.ts');
/** Two seconds of a listener that stores nothing: long enough for thousands of flushes, short enough for many rounds. */
const REQUESTS = 20_000;
const ROUNDS = 5;
/** Until the JIT has compiled the route. */
const WARM_UP = 3_000;
/** As the dispatcher reads. */
const PAGE = 500;

type Kind = { name: 'bare' | 'whole'; source: WebhookSource };
type Ports = { nothing: number; kept: number };

export async function ack(say: Say): Promise<Figure[]> {
  const inbox = openInbox(temporaryDir());
  const closing: (() => Promise<unknown>)[] = [];
  const listen = async (source: WebhookSource, kept: Inbox): Promise<number> => {
    const app = publicApp(source, kept);
    closing.push(() => app.close());
    return Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
  };
  try {
    const figures: Figure[] = [];
    for (const kind of kinds()) {
      const ports = {
        nothing: await listen(kind.source, storesNothing(inbox)),
        kept: await listen(kind.source, inbox),
      };
      figures.push(await measure(kind, ports, inbox, say));
    }
    return [...figures, ...(await besideFlask(load, SECRET, say))];
  } finally {
    for (const close of closing) await close();
    await inbox.close();
  }
}

function kinds(): Kind[] {
  const whole = realSource(SECRET);
  const parsed = whole.parse(jsonOf(readFileSync(BODY)), { 'sentry-hook-resource': RESOURCE });
  const bare: WebhookSource = { unsigned: () => undefined, verify: () => ({ ok: true }), parse: () => parsed };
  return [
    { name: 'bare', source: bare },
    { name: 'whole', source: whole },
  ];
}

/** The same inbox, which takes a delivery and forgets it. */
function storesNothing(inbox: Inbox): Inbox {
  const nothing = Object.create(inbox) as Inbox;
  nothing.append = () => Promise.resolve();
  return nothing;
}

async function measure({ name }: Kind, ports: Ports, inbox: Inbox, say: Say): Promise<Figure> {
  for (const port of [ports.nothing, ports.kept]) await load(port, WARM_UP);
  await empty(inbox);
  const rounds: { nothing: Answers; kept: Answers }[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    say(`ack, ${name}: round ${n + 1} of ${ROUNDS}`);
    const round: Partial<Record<keyof Ports, Answers>> = {};
    // In turns, and each first as often: whatever else the machine does falls on both.
    for (const what of n % 2 === 0 ? (['nothing', 'kept'] as const) : (['kept', 'nothing'] as const)) {
      round[what] = await load(ports[what], REQUESTS);
      await empty(inbox);
    }
    if (round.nothing && round.kept) rounds.push({ nothing: round.nothing, kept: round.kept });
  }
  const kept = (what: keyof Answers): number => median(rounds.map((r) => r.kept[what]));
  const nothing = (what: keyof Answers): number => median(rounds.map((r) => r.nothing[what]));
  const times = (p50: number, p99: number): string => `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  return {
    name: `durable answers, ${name}`,
    unit: '/s',
    value: kept('perSecond'),
    control: { what: 'the same listener storing nothing', value: nothing('perSecond') },
    ratio: ratioOf(rounds.map((r) => r.kept.perSecond / r.nothing.perSecond)),
    aim: name === 'bare' ? { at: 'least', value: AIM } : undefined,
    details: {
      'on the disk': times(kept('p50'), kept('p99')),
      'storing nothing': times(nothing('p50'), nothing('p99')),
    },
  };
}

/** The client's half, in a process of its own. */
async function load(port: number, requests: number, connect: 'once' | 'each' = 'once'): Promise<Answers> {
  const args = [
    '--import',
    'tsx',
    LOAD,
    String(port),
    '/webhooks/sentry',
    BODY,
    RESOURCE,
    SECRET,
    String(requests),
    connect,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (out += piece));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the load ended with ${code}`);
  return JSON.parse(out) as Answers;
}

/** Forgets what waits, so that each round begins with an empty inbox. */
async function empty(inbox: Inbox): Promise<void> {
  for (let page = inbox.oldest(PAGE); page.length > 0; page = inbox.oldest(PAGE)) {
    await inbox.settle(page.map(({ ref, seq }) => ({ id: workflowIdOf(ref), seq })));
  }
}
