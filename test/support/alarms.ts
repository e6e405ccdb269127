/** What pretend Slack and Errand's own Sentry were told of alerts. */
import type { OwnEvent, SlackMessage } from '../../src/sandbox/records';
import { until, type App } from './app';

export type Told = { ts: string; key: string; text: string; edited: boolean };
export type Event = {
  level: string;
  message: string;
  fingerprint: string[];
  tags: Record<string, string>;
  whole: string;
};

export class Alarms {
  constructor(private readonly app: App) {}

  /** Every message of alerts, oldest first; `about`: a piece of its key or text. */
  async told(about = ''): Promise<Told[]> {
    return (await this.messages()).filter((m) => m.key.startsWith('alert ') && `${m.key} ${m.text}`.includes(about));
  }

  /** Every message at all. */
  async messages(): Promise<Told[]> {
    const world = (await this.app.sandbox.world()) as unknown as { 'slack-messages': SlackMessage[] };
    return world['slack-messages'].map(({ ts, text, edited, metadata }) => ({
      ts,
      text,
      edited: edited !== null,
      key: (metadata as { event_payload?: { key?: string } } | null)?.event_payload?.key ?? '',
    }));
  }

  /** The one message of a cause once it says what `words` says. */
  async says(code: string, words: RegExp, patienceMs?: number): Promise<Told> {
    let last: Told[] = [];
    return until(
      `one message of ${code} that says ${String(words)}`,
      async () => {
        last = await this.told(` ${code} `);
        return last.length === 1 && last[0] && words.test(last[0].text) && last[0];
      },
      patienceMs,
    ).catch((e: Error) => {
      throw new Error(`${e.message}\nTold: ${JSON.stringify(last, null, 1)}`);
    });
  }

  /** The arguments of the one command `errand <act> …` that a message tells to run, as a shell would split these. */
  static commandIn({ text }: Told, act: string): string[] {
    const found = [...text.matchAll(/`errand ([^`]+)`/g)].map((m) => (m[1] ?? '').split(' '));
    const [command, ...more] = found.filter(([first]) => first === act);
    if (!command || more.length > 0) throw new Error(`not one command ${act} in: ${text}`);
    return command;
  }

  /** What our own Sentry was told; `about`: a piece of it. */
  async events(about = ''): Promise<Event[]> {
    const world = (await this.app.sandbox.world()) as unknown as { 'own-events': OwnEvent[] };
    return world['own-events']
      .map(({ event }) => ({
        level: String(event.level),
        message: (event.message as { formatted: string }).formatted,
        fingerprint: (event.fingerprint ?? []) as string[],
        tags: (event.tags ?? {}) as Record<string, string>,
        whole: JSON.stringify(event),
      }))
      .filter((e) => e.whole.includes(about));
  }

  /** Lets three whole looks go by, so that whatever a look would tell has been told. */
  async looks(): Promise<void> {
    const looks = async (): Promise<number> => (await this.app.get<{ looks: number }>('/alerts')).looks;
    // A worker that was just started may not answer yet.
    const before = await until('somebody who looks', async () => (await looks()) + 1);
    await until('three looks', async () => (await looks()) > before + 2);
  }
}
