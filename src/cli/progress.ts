/** Progress bars, on a terminal only; a log has lines of its own. */
import { terminalLine } from '../text/terminal';
import type { Progress } from '../temporal/server/executable/types';

type Screen = { isTTY: boolean; write: (text: string) => boolean };

const WIDTH = 30;
const WORDS: Record<Progress['step'], (p: Progress) => string> = {
  download: ({ done = 0, total }) =>
    `downloading Temporal: ${megabytes(done)}${total ? ` of ${megabytes(total)}` : ''}`,
  'go-modules': ({ done = 0 }) => `fetching Go modules: ${done}`,
  build: ({ done = 0, total = done }) => `building Temporal: ${done} of ${total} packages`,
};

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(0)} MiB`;
}

/** Shows how far the making of the Temporal server is. */
export function progressBar(out: Screen): { show: (p: Progress) => void; end: () => void } {
  const bar = drawnBar(out);
  return { show: (p) => bar.draw(p.total ? (p.done ?? 0) / p.total : 0, WORDS[p.step](p)), end: bar.end };
}

export type Bar = { draw: (share: number, words: string) => void; end: () => void };

/** A line that is drawn over itself; `share` from 0 to 1. `end` takes it away, for what is printed next. */
export function drawnBar(out: Screen): Bar {
  let shown = false;
  return {
    draw: (share, words) => {
      if (!out.isTTY) return;
      const bar = '█'.repeat(Math.round(Math.min(1, share) * WIDTH)).padEnd(WIDTH, '░');
      out.write(`\r\u001b[K  ${bar} ${terminalLine(words)}`);
      shown = true;
    },
    end: () => {
      if (shown) out.write('\r\u001b[K');
      shown = false;
    },
  };
}
