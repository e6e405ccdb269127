import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DirectoryLocked, lockDirectory } from '../../src/process/lock';
import { cleanUp, program, temporaryDir } from '../temporal/server/support/processes';

const CONTENDERS = 20;

describe('lockDirectory', () => {
  afterEach(cleanUp);

  it('refuses a second holder in one sentence and lets go on release', async () => {
    const dir = await temporaryDir();
    const first = await lockDirectory(dir, 'test');
    const refusal = lockDirectory(dir, 'test');
    await expect(refusal).rejects.toThrow(DirectoryLocked);
    await expect(refusal).rejects.toThrow(
      new RegExp(`^${dir} is in use by another Errand \\(process ${process.pid} on `),
    );
    await first.release();
    await first.release();
    await (await lockDirectory(dir, 'test')).release();
  });

  it('keeps locks of other names and other directories apart, and makes the directory', async () => {
    const dir = join(await temporaryDir(), 'deep', 'down');
    const locks = [await lockDirectory(dir, 'a'), await lockDirectory(dir, 'b'), await lockDirectory(`${dir}2`, 'a')];
    for (const lock of locks) await lock.release();
  });

  it('has exactly one winner among twenty that try at the same moment', async () => {
    const dir = await temporaryDir();
    const contenders = Array.from({ length: CONTENDERS }, () => program('lock-contender', [dir]));
    for (const contender of contenders) expect(await contender.next()).toBe('ready');
    for (const contender of contenders) contender.child.stdin.write('go\n');
    const outcomes = await Promise.all(contenders.map((contender) => contender.next()));
    expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'locked')).toHaveLength(CONTENDERS - 1);
  });

  it('is free the moment its holder was killed with -9', async () => {
    const dir = await temporaryDir();
    const holder = program('lock-contender', [dir]);
    await holder.next();
    holder.child.stdin.write('go\n');
    expect(await holder.next()).toBe('won');
    await expect(lockDirectory(dir, 'test')).rejects.toThrow(DirectoryLocked);
    await holder.kill();
    await (await lockDirectory(dir, 'test')).release();
  });

  it('is not impressed by a process number in the file, not even its own, as in containers where everybody is 1', async () => {
    const dir = await temporaryDir();
    writeFileSync(join(dir, 'test.lock'), JSON.stringify({ pid: process.pid, host: 'elsewhere' }).padEnd(500));
    const lock = await lockDirectory(dir, 'test');
    expect(JSON.parse(readFileSync(join(dir, 'test.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    await lock.release();
  });

  it('waits for the holder when asked to, says so once, and gives up after the time given', async () => {
    const dir = await temporaryDir();
    const first = await lockDirectory(dir, 'test');
    let waits = 0;
    await expect(lockDirectory(dir, 'test', { waitMs: 50, onWait: () => (waits += 1) })).rejects.toThrow(
      DirectoryLocked,
    );
    expect(waits).toBe(1);
    const second = lockDirectory(dir, 'test', { waitMs: 60_000, onWait: () => void first.release() });
    await (await second).release();
  });

  it('works at the end of a path far longer than a socket address may be', async () => {
    const dir = join(await temporaryDir(), ...Array.from({ length: 12 }, () => 'a-rather-long-name-of-a-directory'));
    const lock = await lockDirectory(dir, 'test');
    await expect(lockDirectory(dir, 'test')).rejects.toThrow(DirectoryLocked);
    await lock.release();
  });
});
