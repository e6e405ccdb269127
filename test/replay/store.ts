/** The recorded histories: where they lie, and what is taken out of them before they are kept. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { historyFromJSON, historyToJSON, type History } from '@temporalio/common/lib/proto-utils';

export const HISTORIES = join(__dirname, 'histories');
/** Names of all that were ever recorded, oldest first; a line is only ever added. */
export const INDEX = join(__dirname, 'index.txt');

/** `resolved in Sentry completes the task` → `resolved-in-sentry-completes-the-task.json.gz`. The first ones are not packed. */
export function fileName(life: string, part: number): string {
  const words = life
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `${words}${part > 1 ? `.${part}` : ''}.json.gz`;
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
export function indexed(): string[] {
  return readFileSync(INDEX, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
/** The JSON as it was recorded. */
export function textOf(name: string): string {
  const bytes = readFileSync(join(HISTORIES, name));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}
export function read(name: string): History {
  return historyFromJSON(JSON.parse(textOf(name)) as unknown);
}

/** Keeps a new history; one of that name is never replaced. @returns whether it is new */
export function keep(name: string, json: string): boolean {
  const known = indexed();
  if (known.includes(name)) return false;
  writeFileSync(join(HISTORIES, name), gzipSync(json));
  writeFileSync(INDEX, [...known, name, ''].join('\n'));
  return true;
}
