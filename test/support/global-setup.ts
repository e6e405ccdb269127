/** Before the tests: makes the Temporal executable if there is none, once and with progress, since a cold build takes minutes. */
import { temporalExecutable } from './temporal-executable';

/** Never fails: tests without a server run all the same, and those with one say by themselves what is missing. */
export default async function setUp(): Promise<void> {
  await temporalExecutable().catch((e: unknown) => {
    process.stderr.write(`No Temporal server for the tests: ${e instanceof Error ? e.message : String(e)}\n`);
  });
}
