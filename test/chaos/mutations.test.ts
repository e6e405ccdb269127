/** The mutation test of the chaos run is played by hand; here it is seen that it still breaks what it says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applied, MUTATIONS } from './mutations';

const ROOT = join(__dirname, '..', '..');

it.each(MUTATIONS)('$name: every text to be replaced stands in the sources', ({ both, breaks }) => {
  const all = [...both, ...breaks];
  for (const file of new Set(all.map((r) => r.file))) {
    const text = readFileSync(join(ROOT, file), 'utf8');
    expect(applied(file, text, all)).not.toBe(text);
  }
});

it('a text that is gone is an error that names it', () => {
  const replacement = { file: 'src/a.ts', from: 'was here', to: '' };
  expect(() => applied('src/a.ts', 'nothing', [replacement])).toThrow('src/a.ts no longer holds: was here');
});
