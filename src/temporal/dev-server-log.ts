/** A log file that cannot fill the disk: at its limit, and at each start, it becomes `<file>.1` and begins anew. */
import { closeSync, openSync, renameSync, statSync, writeSync } from 'node:fs';

/** Weeks of warnings; two of these are kept at most. */
const MAX_BYTES = 5 * 1024 * 1024;

export class BoundedLog {
  private fd: number | undefined;
  private bytes = 0;

  /** `file` undefined: everything is dropped. */
  constructor(
    private readonly file: string | undefined,
    private readonly maxBytes = MAX_BYTES,
  ) {
    this.begin();
  }

  /** Appends. A log that cannot be written (a full disk) is no reason to stop what it tells of, so failures are dropped. */
  write(chunk: Uint8Array): void {
    if (this.fd === undefined) return;
    try {
      this.bytes += writeSync(this.fd, chunk);
    } catch {
      return;
    }
    if (this.bytes >= this.maxBytes) this.begin();
  }

  private begin(): void {
    if (this.file === undefined) return;
    try {
      if (this.fd !== undefined) closeSync(this.fd);
      this.fd = undefined;
      if (sizeOf(this.file) > 0) renameSync(this.file, `${this.file}.1`);
      this.fd = openSync(this.file, 'a', 0o640);
      this.bytes = 0;
    } catch {
      this.fd = undefined;
    }
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
