/** The line that is drawn over itself while something lasts. */
import { drawnBar, progressBar } from '../../src/cli/progress';

class Terminal {
  text = '';
  constructor(readonly isTTY: boolean) {}
  write(piece: string): boolean {
    this.text += piece;
    return true;
  }
}
const CLEAR = '\r\u001b[K';

test('on a terminal each line replaces the one before, and the end leaves none', () => {
  const terminal = new Terminal(true);
  const bar = drawnBar(terminal);
  bar.draw(0.5, 'half');
  expect(terminal.text).toBe(`${CLEAR}  ${'█'.repeat(15)}${'░'.repeat(15)} half`);
  bar.draw(2, 'more than all');
  expect(terminal.text.endsWith(`${CLEAR}  ${'█'.repeat(30)} more than all`)).toBe(true);
  bar.end();
  expect(terminal.text.endsWith(CLEAR)).toBe(true);
  const length = terminal.text.length;
  bar.end();
  expect(terminal.text).toHaveLength(length);
});

test('elsewhere nothing is drawn', () => {
  const log = new Terminal(false);
  const bar = progressBar(log);
  bar.show({ step: 'build', done: 1, total: 2 });
  bar.end();
  expect(log.text).toBe('');
});

test('the making of the Temporal server is told in its own words', () => {
  const terminal = new Terminal(true);
  progressBar(terminal).show({ step: 'build', done: 3, total: 4 });
  expect(terminal.text).toContain('building Temporal: 3 of 4 packages');
});
