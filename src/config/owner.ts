/** Whose data a DATA_DIR holds: that of the sandbox and that of real vendors, or of two organisations, must never mix. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '../errors';

/** `org`: of Sentry; the sandbox has one, too. */
export type Owner = { sandbox: boolean; org: string };

const file = (dataDir: string): string => join(dataDir, 'belongs-to.json');

/**
 * Changes nothing. A directory without the file is new, or an older version's: it is anybody's.
 * @throws EnvironmentError when the directory is somebody else's
 */
export function checkOwner(dataDir: string, owner: Owner): void {
  const before = ownerOf(dataDir);
  if (!before || (before.sandbox === owner.sandbox && before.org === owner.org)) return;
  throw new EnvironmentError([refusal(dataDir, before, owner)]);
}

/** From then on the directory is `owner`'s. The caller holds its lock. @throws EnvironmentError as `checkOwner` */
export function claimDirectory(dataDir: string, owner: Owner): void {
  checkOwner(dataDir, owner);
  if (ownerOf(dataDir)) return;
  // In one piece: half a file after a power cut would be nobody's.
  const draft = `${file(dataDir)}.new`;
  writeFileSync(draft, `${JSON.stringify(owner)}\n`);
  renameSync(draft, file(dataDir));
}

function ownerOf(dataDir: string): Owner | undefined {
  let found: unknown;
  try {
    found = JSON.parse(readFileSync(file(dataDir), 'utf8'));
  } catch {
    return undefined;
  }
  const { sandbox, org } = (typeof found === 'object' && found !== null ? found : {}) as Partial<Owner>;
  return typeof sandbox === 'boolean' && typeof org === 'string' ? { sandbox, org } : undefined;
}

function refusal(dataDir: string, before: Owner, owner: Owner): string {
  if (before.sandbox)
    return `DATA_DIR ${dataDir} is bound to the sandbox, and its pretend issues must not reach your vendors: name another directory in DATA_DIR, or delete this one.`;
  const theirs = `DATA_DIR ${dataDir} is bound to the Sentry organisation ${before.org}`;
  if (owner.sandbox)
    return `${theirs}, and no vendor is configured, so the sandbox would use its data: set SENTRY_CLIENT_SECRET, SENTRY_ORG and ASANA_ACCESS_TOKEN again, or name another directory in DATA_DIR for the sandbox.`;
  return `${theirs}, and SENTRY_ORG is ${owner.org}: set SENTRY_ORG=${before.org} again, or name another directory in DATA_DIR.`;
}
