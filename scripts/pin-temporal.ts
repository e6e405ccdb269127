/**
 * Downloads the release that `up` would, for every platform, and pins the sha256 sums in src/temporal/server/executable/sums.ts. To be run once after a
 * change of TEMPORAL_VERSION, by somebody with the network, who compares what it prints with what others say of the release. Each archive must
 * fit the release's own checksums.txt, or nothing is written.
 *
 *   npm run pin:temporal [-- <release URL>]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RELEASE_URL, TEMPORAL_VERSION } from '../src/temporal/server/executable/executable';
import { releasedSums } from '../src/temporal/server/executable/download';

const FILE = join(__dirname, '..', 'src', 'temporal', 'server', 'executable', 'sums.ts');
const TABLE = /(= \{\n)[^}]*(\};\n)$/;

async function main(): Promise<void> {
  const sums = await releasedSums(process.argv[2] ?? RELEASE_URL, TEMPORAL_VERSION);
  const rows = Object.entries(sums).map(([name, sum]) => `  '${name}': '${sum}',\n`);
  const before = readFileSync(FILE, 'utf8');
  const after = before.replace(TABLE, (_all, head: string, tail: string) => `${head}${rows.join('')}${tail}`);
  process.stdout.write(rows.join(''));
  process.stdout.write(after === before ? 'They are pinned already.\n' : `Written to ${FILE}.\n`);
  writeFileSync(FILE, after);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
