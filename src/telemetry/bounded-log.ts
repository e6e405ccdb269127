/** A log file that cannot fill the disk, and that a full disk does not stop: at its limit it becomes `<file>.1` and begins anew. */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

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
    this.open();
  }

  /**
   * Appends. What cannot be written (a full disk) is dropped, since that is no reason to stop what it tells of; what comes when
   * there is room again is written again.
   */
  write(chunk: Uint8Array): void {
    if (this.fd === undefined) this.open();
    if (this.fd === undefined) return;
    try {
      this.bytes += writeSync(this.fd, chunk);
      if (this.bytes >= this.maxBytes) this.turnOver();
    } catch {
      // Dropped.
    }
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }

  private open(): void {
    if (this.file === undefined) return;
    try {
      this.fd = openSync(this.file, 'a', 0o640);
      this.bytes = fstatSync(this.fd).size;
      if (this.bytes >= this.maxBytes) this.turnOver();
    } catch {
      this.fd = undefined;
    }
  }

  private turnOver(): void {
    if (this.file === undefined) return;
    this.close();
    renameSync(this.file, `${this.file}.1`);
    this.open();
  }
}
