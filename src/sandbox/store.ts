import { type RootDatabase, open } from 'lmdb';

/** A named collection of records, held in memory and written through by its store. */
class Table<T> {
  private readonly rows = new Map<string, T>();
  private readonly groups = new Map<string, Set<string>>();

  constructor(
    readonly name: string,
    private readonly touched: (key: string) => void,
    private readonly groupOf: ((record: T) => string) | undefined,
  ) {}

  get(id: string): T | undefined {
    return this.rows.get(id);
  }

  has(id: string): boolean {
    return this.rows.has(id);
  }

  /** Every record, in the order of the ids. */
  all(): T[] {
    return [...this.rows.values()];
  }

  /** The records of one group, in the order of their ids; without a look at all the others. */
  of(group: string): T[] {
    return [...(this.groups.get(group) ?? [])].flatMap((id) => this.rows.get(id) ?? []);
  }

  set(id: string, record: T): T {
    this.load(id, record);
    this.touched(`${this.name}/${id}`);
    return record;
  }

  delete(id: string): void {
    this.ungroup(id);
    if (this.rows.delete(id)) this.touched(`${this.name}/${id}`);
  }

  clear(): void {
    for (const id of [...this.rows.keys()]) this.delete(id);
  }

  /** Takes over a record that is already on disk. */
  load(id: string, record: T): void {
    const group = this.groupOf?.(record);
    const before = this.rows.get(id);
    if (before !== undefined && group !== this.groupOf?.(before)) this.ungroup(id);
    this.rows.set(id, record);
    if (group !== undefined) this.groups.set(group, (this.groups.get(group) ?? new Set()).add(id));
  }

  private ungroup(id: string): void {
    const record = this.rows.get(id);
    if (record === undefined || this.groupOf === undefined) return;
    const group = this.groupOf(record);
    const ids = this.groups.get(group);
    ids?.delete(id);
    if (ids?.size === 0) this.groups.delete(group);
  }
}

/**
 * Keeps tables in one LMDB environment. A change is in memory at once and on disk, flushed, when {@link commit} resolves:
 * an answer that waits for it survives a kill at any moment.
 */
export class Store {
  private readonly database: RootDatabase<unknown, string> | undefined;
  private readonly tables = new Map<string, Pick<Table<unknown>, 'get' | 'all' | 'load' | 'clear'>>();
  private dirty = new Set<string>();
  private last: Promise<void> = Promise.resolve();

  constructor(dataDir: string | undefined) {
    this.database =
      dataDir === undefined
        ? undefined
        : open<unknown, string>({ path: dataDir, encoding: 'json', compression: false });
  }

  /** @param groupOf what {@link Table.of} finds its records by */
  table<T>(name: string, groupOf?: (record: T) => string): Table<T> {
    const table = new Table<T>(name, (key) => this.dirty.add(key), groupOf);
    this.tables.set(name, table);
    return table;
  }

  /** Reads everything that earlier runs left. */
  load(): void {
    if (this.database === undefined) return;
    const rows = [...this.database.getRange({})].map(({ key, value }) => ({ key, value }));
    rows.sort((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true }));
    for (const { key, value } of rows) {
      const cut = key.indexOf('/');
      this.tables.get(key.slice(0, cut))?.load(key.slice(cut + 1), value);
    }
  }

  /** Puts every change made so far on disk, in one transaction, and waits for the flush. */
  commit(): Promise<void> {
    if (this.dirty.size === 0) return this.last;
    const keys = this.dirty;
    this.dirty = new Set();
    const database = this.database;
    if (database === undefined) return this.last;
    this.last = this.last.then(async () => {
      await database.transaction(() => {
        for (const key of keys) {
          const cut = key.indexOf('/');
          const value = this.tables.get(key.slice(0, cut))?.get(key.slice(cut + 1));
          void (value === undefined ? database.remove(key) : database.put(key, value));
        }
      });
      await database.flushed;
    });
    return this.last;
  }

  /** Everything, by table: for people and tests to look at. */
  dump(): Record<string, unknown[]> {
    return Object.fromEntries([...this.tables].map(([name, table]) => [name, table.all()]));
  }

  clear(): void {
    for (const table of this.tables.values()) table.clear();
  }

  async close(): Promise<void> {
    await this.commit();
    await this.database?.close();
  }
}
