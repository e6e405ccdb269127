/** The recorded histories: where they lie, and what is taken out of them before they are kept. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { historyFromJSON, historyToJSON, type History } from '@temporalio/common/lib/proto-utils';

export const HISTORIES = join(__dirname, 'histories');

/** `resolved in Sentry completes the task` → `resolved-in-sentry-completes-the-task`. */
export function slugOf(life: string): string {
  return life
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** @param part the number of the run, which counts from 1 */
export function fileName(life: string, part: number): string {
  return `${slugOf(life)}${part > 1 ? `.${part}` : ''}.json.gz`;
}

/** One line of JSON without what belongs to the machine: names of hosts and processes, stack traces. */
export function portable(history: History): string {
  const host = hostname();
  const cut = (key: string, value: unknown): unknown => {
    if (key === 'stackTrace') return '';
    if (key === 'identity') return 'errand';
    return typeof value === 'string' ? value.replaceAll(host, 'host') : value;
  };
  return JSON.stringify(JSON.parse(historyToJSON(history)) as unknown, cut);
}

export function recorded(): string[] {
  return readdirSync(HISTORIES).sort();
}
/** The JSON as it was recorded. */
export function textOf(name: string): string {
  return gunzipSync(readFileSync(join(HISTORIES, name))).toString('utf8');
}
export function read(name: string): History {
  return historyFromJSON(JSON.parse(textOf(name)) as unknown);
}

/** Replaces the histories of a life by those of its `runs`. */
export function keep(life: string, runs: History[]): string[] {
  const ofLife = new RegExp(`^${slugOf(life)}(\\.\\d+)?\\.json\\.gz$`);
  for (const old of recorded().filter((name) => ofLife.test(name))) rmSync(join(HISTORIES, old));
  return runs.map((run, i) => {
    const name = fileName(life, i + 1);
    writeFileSync(join(HISTORIES, name), gzipSync(portable(run)));
    return name;
  });
}

/** Removes the histories that are not among these; answers their names. */
export function dropAllBut(kept: Set<string>): string[] {
  const others = recorded().filter((name) => !kept.has(name));
  for (const name of others) rmSync(join(HISTORIES, name));
  return others;
}
