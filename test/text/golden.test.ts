import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { golden } from './cases';

const GOLDEN = join(__dirname, 'golden');

describe('what people read', () => {
  // After a change of wording: npx tsx test/text/write-golden.ts, and read the diff.
  it.each([...golden()])('%s', (name, text) => {
    expect(text).toBe(readFileSync(join(GOLDEN, name), 'utf8'));
  });

  it('has no golden file that nothing writes', () => {
    expect(readdirSync(GOLDEN).sort()).toEqual([...golden().keys()].sort());
  });
});
