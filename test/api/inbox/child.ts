/**
 * Run as a process of its own by durable.test.ts: appends to the inbox in the directory named, many at once, and says on
 * stdout which deliveries the inbox has acknowledged. `until-killed` never ends; `until-refused` ends at the first refusal
 * with what it was and whether it still works.
 */
import { writeSync } from 'node:fs';
import { openInbox } from '../../../src/api/inbox/inbox';
import { ErrandError } from '../../../src/errors';
import { entry, hint, seed } from './support';

const [dir = '', mode = ''] = process.argv.slice(2);
const say = (what: string): void => void writeSync(1, `${what}\n`);
const inbox = openInbox(dir, { maxEntries: 1_000_000 });

async function appendOne(issue: string): Promise<void> {
  const id = inbox.newId();
  await inbox.append([hint(id, issue, { seed: seed(issue, 'x'.repeat(500)) })], entry(id));
  say(`kept ${id}`);
}

async function untilKilled(): Promise<void> {
  for (;;) {
    await Promise.all(Array.from({ length: 20 }, (_, i) => appendOne(String(i))));
    // Removals under way as well, so that the kill may come in any of them.
    const [first] = inbox.oldest(1);
    if (first) {
      say(`removing ${first.hint.delivery}`);
      await inbox.remove([first.key]);
    }
  }
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

void (mode === 'until-killed' ? untilKilled() : untilRefused());
