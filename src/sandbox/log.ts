import type { VendorName } from './faults';

type LogEntry = {
  at: string;
  vendor: VendorName;
  method: string;
  path: string;
  query: string;
  /** What was answered; 0 when the connection was broken instead. */
  status: number;
};

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

  list(vendor?: string): LogEntry[] {
    return this.entries.filter((entry) => vendor === undefined || entry.vendor === vendor).slice(-this.limit);
  }

  clear(): void {
    this.entries = [];
  }
}
