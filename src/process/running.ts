/** What a running `up` leaves in DATA_DIR for the command line. */
import { join } from 'node:path';
import type { SandboxInfo } from './sandbox-env';

/** Written to DATA_DIR/up.json for the command line. */
export type Running = {
  url: string;
  operatorUrl: string;
  temporal: { address: string; namespace: string; uiUrl: string | null };
  sandbox: SandboxInfo | null;
};

export function runningFile(dataDir: string): string {
  return join(dataDir, 'up.json');
}
