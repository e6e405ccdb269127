/** A progress bar, on a terminal; a log has the line that is said every ten seconds. */
import type { Progress } from '../temporal/executable-types';

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

export function progressBar(out: NodeJS.WriteStream): { show: (p: Progress) => void; end: () => void } {
  let shown = false;
  return {
    show: (p) => {
      if (!out.isTTY) return;
      const share = p.total ? Math.min(1, (p.done ?? 0) / p.total) : 0;
      const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '░');
      out.write(`\r\u001b[K  ${bar} ${WORDS[p.step](p)}`);
      shown = true;
    },
    end: () => {
      if (shown) out.write('\r\u001b[K');
      shown = false;
    },
  };
}
