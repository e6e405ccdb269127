import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Room, waiting } from './support';

let room: Room;
let child: ChildProcess | undefined;
beforeEach(() => {
  room = new Room();
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await room.clear();
});

const NODE = [process.execPath, '--import', 'tsx', join(__dirname, 'child.ts')];

/** Runs the child and collects what it says until `done`, then ends it. */
async function run(command: string, args: string[], done: (said: string[]) => boolean): Promise<string[]> {
  const said: string[] = [];
  const started = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  child = started;
  const ended = once(started, 'exit');
  for await (const line of createInterface({ input: started.stdout })) {
    said.push(line);
    if (done(said)) started.kill('SIGKILL');
  }
  await ended;
  return said;
}

const named = (said: string[], verb: string): string[] =>
  said.flatMap((line) => (line.startsWith(`${verb} `) ? [line.slice(verb.length + 1)] : []));

test.each([1, 60, 400])(
  'kill -9 after %i answers: everything answered is there, and it opens and goes on',
  async (n) => {
    const said = await run(NODE[0] ?? '', [...NODE.slice(1), room.dir, 'until-killed'], (lines) => lines.length >= n);
    const kept = named(said, 'kept');
    const removing = new Set(named(said, 'removing'));
    expect(kept.length).toBeGreaterThanOrEqual(n > 1 ? n / 2 : 1);

    const inbox = room.open();
    const found = new Set(waiting(inbox).map((hint) => hint.environment));
    expect(kept.filter((id) => !found.has(id) && !removing.has(id))).toEqual([]);
    // The log has each of them too, because both were written together.
    expect(kept.filter((id) => inbox.delivery(id) === undefined)).toEqual([]);
    const fresh = inbox.newId();
    expect(kept.every((id) => id < fresh)).toBe(true);
  },
);

test.each([100, 300, 1_500])(
  'kill -9 after %i answers, with signals under way: what was not sent waits, and what was has its fate or is sent again',
  async (n) => {
    const said = await run(NODE[0] ?? '', [...NODE.slice(1), room.dir, 'sending'], (lines) => lines.length >= n);
    const kept = named(said, 'kept');
    const sent = new Set(named(said, 'sent'));
    expect(kept.length).toBeGreaterThan(n / 10);
    expect(sent.size).toBeGreaterThan(0);

    const inbox = room.open();
    const found = new Set(waiting(inbox).map((hint) => hint.environment));
    expect(kept.filter((id) => !found.has(id) && !sent.has(id))).toEqual([]);
    const fates = new Map(kept.map((id) => [id, inbox.delivery(id)?.outcome]));
    expect(kept.filter((id) => fates.get(id) === 'dispatched' && !sent.has(id))).toEqual([]);
    expect(kept.filter((id) => fates.get(id) !== (found.has(id) ? 'kept' : 'dispatched'))).toEqual([]);
  },
);

test('a disk that is full: inbox_failed, nothing acknowledged is lost, the process lives', async () => {
  // A limit on the size of files stands in for the disk: 2,048 blocks of 512 bytes (dash) or of 1 KiB (bash).
  const limited = ['-c', 'ulimit -f 2048; exec "$@"', 'sh', ...NODE, room.dir, 'until-refused'];
  const said = await run('/bin/sh', limited, (lines) => lines.length > 100_000);
  expect(named(said, 'refused')).toEqual(['inbox_failed']);
  expect(said.slice(-2)).toEqual(['readable 1', 'closed']);

  const inbox = room.open();
  const kept = named(said, 'kept');
  expect(kept.length).toBeGreaterThan(100);
  const found = new Set(waiting(inbox).map((hint) => hint.environment));
  // Of one issue the newest environments are kept, and each issue's newest is the last that was answered.
  const newest = kept.slice(-2);
  expect(newest.filter((id) => !found.has(id))).toEqual([]);
  expect(kept.filter((id) => inbox.delivery(id)?.outcome !== 'kept')).toEqual([]);
});
