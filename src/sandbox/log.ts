import type { Fault, VendorName } from './faults';

type LogEntry = {
  at: string;
  vendor: VendorName;
  method: string;
  path: string;
  query: string;
  /** What was answered; 0 when the connection was broken instead. */
  status: number;
  /** The fault that befell it, as `kind` or `kind status`. */
  befell?: string;
  /** What was sent, of a request that a fault befell; cut to {@link BODY_MAX}. */
  body?: string;
};

/** Characters: longer than any task's text that a test makes. */
const BODY_MAX = 8_000;

/** The requests that arrived, newest last, at most `limit` of them. */
export class RequestLog {
  private entries: LogEntry[] = [];

  constructor(private readonly limit = 5000) {}

  add(vendor: VendorName, call: { method: string; path: string; query: URLSearchParams }): LogEntry {
    const { method, path } = call;
    const entry = { at: new Date().toISOString(), vendor, method, path, query: call.query.toString(), status: 0 };
    this.entries.push(entry);
    if (this.entries.length > this.limit * 1.2) this.entries = this.entries.slice(-this.limit);
    return entry;
  }

  /** @param befallen only what a fault befell */
  list(vendor?: string, befallen = false): LogEntry[] {
    return this.entries
      .filter((entry) => (vendor === undefined || entry.vendor === vendor) && (!befallen || entry.befell !== undefined))
      .slice(-this.limit);
  }

  /** Notes what befell a request, with what it sent: a new task has no gid in its path. */
  static befell(entry: LogEntry, fault: Pick<Fault, 'kind' | 'status'>, raw: Buffer): void {
    entry.befell = [fault.kind, fault.status].filter((part) => part !== undefined).join(' ');
    entry.body = raw.toString('utf8').slice(0, BODY_MAX);
  }

  clear(): void {
    this.entries = [];
  }
}
