import { startSandbox } from '../../src/sandbox';

/** A sandbox in a process of its own, for a test that kills it. */
void startSandbox({ port: 0, dataDir: process.argv[2] }).then((box) => {
  process.stdout.write(`${JSON.stringify(box)}\n`);
});
