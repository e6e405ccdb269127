/** A reader that goes away before all is said, as in `errand issues | head -1`. */
import { EXIT } from '../errors';

function gone(e: NodeJS.ErrnoException): void {
  if (e.code === 'EPIPE') process.exit(EXIT.ok);
}

/** It has what it wanted: the command ends, without a stack trace. */
export function endWithReader(): void {
  process.stdout.on('error', gone);
}

/** For what runs for long, which treats its streams by itself. */
export function outliveReader(): void {
  process.stdout.off('error', gone);
}
