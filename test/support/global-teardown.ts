/** After the tests. */
import type { Shared } from './global-setup';

export default function tearDown(): void {
  (globalThis as Shared).errandSharedEnd?.();
}
