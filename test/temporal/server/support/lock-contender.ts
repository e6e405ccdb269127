/** Says "ready", waits for a line, tries once to lock the directory, says "won" or "locked", and holds on until it is killed. */
import { once } from 'node:events';
import { DirectoryLocked, lockDirectory } from '../../../../src/process/lock';

async function main(): Promise<void> {
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  try {
    await lockDirectory(process.argv[2] ?? '', 'test');
    process.stdout.write('won\n');
  } catch (error) {
    process.stdout.write(error instanceof DirectoryLocked ? 'locked\n' : `failed ${String(error)}\n`);
  }
}

void main();
