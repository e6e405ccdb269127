/** The log of a process whose stdout is a file on a full disk: /dev/full refuses every byte as such a disk does (full(4)). */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';

const LOG = join(__dirname, '..', '..', 'src', 'telemetry', 'log.ts');
const PROGRAM = `
  const { createLog } = require(${JSON.stringify(LOG)});
  const log = createLog('test');
  for (let n = 0; n < 10_000; n += 1) log.info({ n }, 'a line that nobody can keep');
  setImmediate(() => process.stderr.write('alive'));
`;
const FULL = '/dev/full';

(existsSync(FULL) ? test : test.skip)('a full disk neither ends the process nor holds it up', () => {
  const full = openSync(FULL, 'w');
  try {
    const run = spawnSync(process.execPath, ['--require', require.resolve('tsx/cjs'), '-e', PROGRAM], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(run).toMatchObject({ status: 0, stderr: 'alive' });
  } finally {
    closeSync(full);
  }
});
