import type { Torn } from './global-setup';

export default async function tearDown(): Promise<void> {
  await (globalThis as Torn).errandClusterStop?.();
}
