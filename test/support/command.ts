/** The commands of the tests: chaos, explore, mutations. */
import { EXIT } from '../../src/errors';

/** Ends the process with the exit code that `main` answers. What it throws is told with its stack, and ends it with 3. */
export function exitWith(main: () => Promise<number>): void {
  main()
    .then((code) => process.exit(code))
    .catch((e: unknown) => {
      process.stderr.write(`${e instanceof Error ? (e.stack ?? e.message) : String(e)}\n`);
      process.exit(EXIT.environment);
    });
}
