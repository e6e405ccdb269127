/** Writes the golden files anew: `npx tsx test/text/write-golden.ts`, then read the diff. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { golden } from './cases';

const GOLDEN = join(__dirname, 'golden');
rmSync(GOLDEN, { recursive: true, force: true });
mkdirSync(GOLDEN, { recursive: true });
for (const [name, text] of golden()) writeFileSync(join(GOLDEN, name), text);
