import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { golden } from './cases';
import { renderNote } from '../../src/text/notes';

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

test('of an issue that is gone no silence is promised: Sentry may show it again, and then its task reopens', () => {
  const said = JSON.stringify(renderNote({ key: 'gone-0', say: 'gone', facts: {} }));
  expect(said).toContain('The issue is gone from Sentry. The task reopens should the issue come back.');
});
