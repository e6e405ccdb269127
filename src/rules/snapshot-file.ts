/** A file with one issue: a webhook body as Sentry sends it, or an IssueSnapshot written by hand. */
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import type { IssueSnapshot } from '../core/issue/snapshot';

/** Makes a snapshot of a webhook body; undefined when it names no issue. */
export type ToSnapshot = (body: unknown, fileName: string) => IssueSnapshot | undefined;

/** The largest body that the webhook route accepts. */
const MAX_BYTES = 5 * 1024 * 1024;
const EPOCH = '1970-01-01T00:00:00.000Z';
const moment = z.string().refine((s) => !Number.isNaN(Date.parse(s)), 'must be a moment such as 2026-08-14T10:00:00Z');

/** Hand-written snapshots may leave out what the rules do not look at. */
const SnapshotFile = z
  .object({
    ref: z.object({ source: z.string(), scope: z.string(), id: z.string() }),
    shortId: z.string().optional(),
    title: z.string(),
    culprit: z.string().optional(),
    url: z.string().default(''),
    project: z.string(),
    platform: z.string().optional(),
    level: z.string().default('error'),
    category: z.string().optional(),
    status: z.enum(['unresolved', 'resolved', 'archived', 'gone']).default('unresolved'),
    substatus: z.string().optional(),
    events: z.number().nullable().default(null),
    users: z.number().nullable().default(null),
    firstSeen: moment.nullable().default(null),
    lastSeen: moment.nullable().optional(),
    readAt: z.string().default(EPOCH),
    via: z.enum(['api', 'webhook']).default('webhook'),
    release: z.string().optional(),
    environments: z.array(z.string()).default([]),
    tags: z.record(z.string(), z.string()).default({}),
    frames: z.array(z.string()).default([]),
    assignee: z.string().nullable().default(null),
    owners: z.array(z.string()).default([]),
    links: z.array(z.object({ tracker: z.string(), id: z.string(), url: z.string() })).default([]),
  })
  .transform((s): IssueSnapshot => ({ ...s, lastSeen: s.lastSeen ?? s.firstSeen }));

/** Reads `path`. Never throws: `problem` says in words why there is no issue in it. */
export async function readIssueFile(
  path: string,
  toSnapshot: ToSnapshot,
): Promise<{ issue: IssueSnapshot } | { problem: string }> {
  let body: unknown;
  try {
    const info = await stat(path);
    if (!info.isFile() || info.size > MAX_BYTES) return { problem: `is no file of at most ${MAX_BYTES} bytes` };
    body = JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: 'is not JSON' };
    const { code } = error as NodeJS.ErrnoException;
    return { problem: code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'unknown reason'})` };
  }
  if (typeof body === 'object' && body !== null && Object.hasOwn(body, 'ref')) {
    const { data, error } = SnapshotFile.safeParse(body);
    if (data) return { issue: data };
    const [first] = error.issues;
    return { problem: `is no IssueSnapshot: ${first?.path.join('.') ?? ''} ${first?.message ?? ''}` };
  }
  try {
    const issue = toSnapshot(body, path);
    return issue ? { issue } : { problem: 'is neither a webhook body that names an issue nor an IssueSnapshot' };
  } catch {
    return { problem: 'is a webhook body that cannot be understood' };
  }
}
