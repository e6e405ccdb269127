/**
 * Run as a process of its own by durable.test.ts: appends to the inbox in the directory named, many at once, and says on
 * stdout which deliveries the inbox has acknowledged. `until-killed` never ends; `sending` neither, and dispatches besides;
 * `until-refused` ends at the first refusal with what it was and whether it still works.
 */
import { writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createDispatcher } from '../../../src/api/dispatch/dispatch';
import { openInbox } from '../../../src/api/inbox/inbox';
import { ENVIRONMENTS_MAX, hintsOf } from '../../../src/api/inbox/pending';
import { ErrandError } from '../../../src/errors';
import { entry, hint, seed, sent } from './support';

const [dir = '', mode = ''] = process.argv.slice(2);
const say = (what: string): void => void writeSync(1, `${what}\n`);
const inbox = openInbox(dir, { maxEntries: 1_000_000 });

/** What a delivery says is its environment: so what is sent tells which deliveries are in it. */
async function appendOne(issue: string): Promise<void> {
  const id = inbox.newId();
  const told = { environment: id, seed: seed(issue, 'x'.repeat(500)) };
  await inbox.append([hint(id, issue, told)], entry(id, { issue: `sentry:acme:${issue}` }));
  say(`kept ${id}`);
}

async function untilKilled(): Promise<void> {
  for (let round = 0; ; round++) {
    // Ten times the same twenty, so that each row keeps all of its environments.
    const from = 20 * Math.floor(round / 10);
    await Promise.all(Array.from({ length: 20 }, (_, i) => appendOne(String(from + i))));
    // Removals under way as well, so that the kill may come in any of them.
    const [first] = inbox.oldest(1);
    if (first) {
      for (const { environment } of hintsOf(first)) say(`removing ${environment}`);
      await inbox.settle([sent(first)]);
    }
  }
}

/** Deliveries come while signals are under way, and the kill between a signal and the end of its row. */
async function sending(): Promise<void> {
  const quiet = (): void => undefined;
  const dispatcher = createDispatcher({
    inbox,
    send: async (_id, _ref, hints) => {
      await nextTurn();
      for (const { environment } of hints) say(`sent ${environment}`);
      await nextTurn();
    },
    classify: () => 'pause',
    settings: () => ({ first: 0, max: 0 }),
    log: { info: quiet, warn: quiet, error: quiet },
  });
  dispatcher.start();
  for (;;)
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const issue = String(i % 7);
        // A row that waits longer would forget the oldest of its environments.
        while ((inbox.get(`sentry:acme:${issue}`)?.environments.length ?? 0) > ENVIRONMENTS_MAX / 2) await nextTurn();
        await appendOne(issue);
        dispatcher.poke();
      }),
    );
}

async function untilRefused(): Promise<void> {
  try {
    for (;;) await Promise.all([appendOne('1'), appendOne('2')]);
  } catch (error) {
    say(`refused ${error instanceof ErrandError ? error.code : String(error)}`);
  }
  // What is still on its way is answered, too; then it can be read and closed.
  await new Promise((resolve) => setImmediate(resolve));
  say(`readable ${inbox.oldest(1).length}`);
  await inbox.close();
  say('closed');
}

const MODES: Record<string, () => Promise<void>> = {
  'until-killed': untilKilled,
  sending,
  'until-refused': untilRefused,
};
void MODES[mode]?.();
