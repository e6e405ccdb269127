/** `npm run mutations` plays them; here it is seen that each still breaks what it says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MUTATIONS } from './list';

const ROOT = join(__dirname, '..', '..');

it.each(MUTATIONS)('$name: the text to be replaced stands in the sources once, and its suite is there', (mutation) => {
  const { file, from, to, suite } = mutation;
  expect(readFileSync(join(ROOT, file), 'utf8').split(from)).toHaveLength(2);
  expect(to).not.toBe(from);
  expect(existsSync(join(ROOT, 'test', `${suite}.test.ts`))).toBe(true);
});

it('each has a name of its own', () => {
  expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length);
});
