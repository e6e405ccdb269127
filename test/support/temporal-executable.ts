/** The real Temporal CLI for tests, found or made exactly as the product does it. */
import { findOrMakeTemporal } from '../../src/temporal/server/executable/executable';

let found: Promise<string> | undefined;

/** Its absolute path. The first call of a machine without one may build it, so give a `beforeAll` MAKE_TIMEOUT_MS. */
export function temporalExecutable(): Promise<string> {
  found ??= findOrMakeTemporal({
    cliPath: process.env['TEMPORAL_CLI_PATH'],
    path: process.env['PATH'] ?? '',
    env: process.env,
    say: (line) => process.stderr.write(`${line}\n`),
  });
  return found;
}

/** A cold build takes four minutes on two cores. */
export const MAKE_TIMEOUT_MS = 20 * 60_000;
