/**
 * Between pretend Sentry and the receiver: some webhooks never come, some come twice, all come in another order. It answers
 * Sentry at once, and the receiver is asked as Sentry does it: once, and no longer than a second.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { random } from '../../src/sandbox/faults';
import type { Webhook } from './cells';
import type { Fate } from './director';
import type { Acknowledged } from './state';
import type { Weather } from './weather';

const HOST = '127.0.0.1';
/** docs.sentry.io: an answer that takes longer is none. */
const SENTRY_WAITS_MS = 1_000;

export type Counts = { sent: number; dropped: number; doubled: number; acknowledged: number; refused: number };

export class Proxy {
  readonly counts: Counts = { sent: 0, dropped: 0, doubled: 0, acknowledged: 0, refused: 0 };
  /** Every one that Sentry sent. */
  readonly webhooks: Webhook[] = [];
  /** What is to become of the next one of this issue, where that is not left to chance. */
  fate: (issue: string | undefined) => Fate = () => undefined;
  /** Called in the moment in which a 202 arrives. */
  onAcknowledged: () => void = () => {};
  private readonly server: Server;
  private readonly next: () => number;
  private underWay = 0;

  private constructor(
    seed: number,
    private readonly weather: () => Pick<Weather, 'drop' | 'double' | 'hold'>,
    private readonly receiver: () => string,
    private readonly acknowledged: (one: Acknowledged) => void,
  ) {
    this.next = random(seed);
    this.server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        response.writeHead(200).end();
        this.take(request.headers, body);
      });
    });
  }

  /** @param receiver the public listener's address, which may change */
  static async start(
    seed: number,
    weather: () => Pick<Weather, 'drop' | 'double' | 'hold'>,
    receiver: () => string,
    acknowledged: (one: Acknowledged) => void,
  ): Promise<Proxy> {
    const proxy = new Proxy(seed, weather, receiver, acknowledged);
    await new Promise<void>((done) => proxy.server.listen(0, HOST, done));
    return proxy;
  }

  get url(): string {
    return `http://${HOST}:${(this.server.address() as AddressInfo).port}`;
  }

  /** Nothing is held back and nothing waits for its answer. */
  get empty(): boolean {
    return this.underWay === 0;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private take(headers: IncomingHttpHeaders, body: Buffer): void {
    const { drop, double, hold } = this.weather();
    this.counts.sent += 1;
    const issue = issueOf(body);
    const webhook: Webhook = { issue: issue ?? '', at: Date.now(), copies: 0, arrived: [] };
    this.webhooks.push(webhook);
    const fate = this.fate(issue);
    if (fate ? fate === 'drop' : this.next() * 100 < drop) {
      this.counts.dropped += 1;
      return;
    }
    const twice = fate ? fate === 'double' : this.next() * 100 < double;
    if (twice) this.counts.doubled += 1;
    webhook.copies = twice ? 2 : 1;
    for (let i = 0; i < webhook.copies; i += 1)
      void this.send(fate === 'overtaken' ? hold : this.next() * hold, headers, body, webhook);
  }

  private async send(after: number, headers: IncomingHttpHeaders, body: Buffer, webhook: Webhook): Promise<void> {
    this.underWay += 1;
    try {
      if (after > 0) await sleep(after);
      webhook.arrived.push(Date.now());
      const own = Object.entries(headers).filter(([name]) => name.startsWith('sentry-') || name === 'content-type');
      const answer = await fetch(`${this.receiver()}/webhooks/sentry`, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: own.map(([name, value]): [string, string] => [name, String(value)]),
        signal: AbortSignal.timeout(SENTRY_WAITS_MS),
      });
      if (answer.status !== 202) {
        this.counts.refused += 1;
        return;
      }
      // Before anything else: whoever kills the receiver now kills it after its promise.
      this.onAcknowledged();
      this.counts.acknowledged += 1;
      const { delivery } = (await answer.json().catch(() => ({}))) as { delivery?: string };
      if (delivery) this.acknowledged({ delivery, issue: issueOf(body) });
    } catch {
      this.counts.refused += 1;
    } finally {
      this.underWay -= 1;
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function issueOf(body: Buffer): string | undefined {
  try {
    const { data } = JSON.parse(body.toString()) as { data: { issue?: { id: string }; event?: { issue_id: string } } };
    return data.issue?.id ?? data.event?.issue_id;
  } catch {
    return undefined;
  }
}
