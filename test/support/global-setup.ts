/** Before the tests: makes the Temporal executable if there is none, and the folder of what suites share. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHARED } from './shared';
import { temporalExecutable } from './temporal-executable';
import { endWatch, watch } from './watchdog';

/** Shared with the teardown, which is loaded apart. */
export type Shared = { errandSharedEnd?: () => void };

/** Never fails: tests without a server run all the same, and those with one say by themselves what is missing. */
export default async function setUp(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'errand-tests-'));
  // The watchdog removes it once it has nobody to watch.
  watch(dir);
  process.env[SHARED] = dir;
  (globalThis as Shared).errandSharedEnd = endWatch;
  // Once and with progress, since a cold build takes minutes.
  await temporalExecutable().catch((e: unknown) => {
    process.stderr.write(`No Temporal server for the tests: ${e instanceof Error ? e.message : String(e)}\n`);
  });
}
