/** What a webhook's hint carries of the issue that its body shows. */
import { maskTags } from '../../text/named';
import type { ParsedHint } from '../source';
import { webhookSays, webhookToSnapshot, type WireContext } from './wire/snapshot';

/** Nothing where the body shows no issue, or another one than `id`. */
export function seedIn(
  id: string,
  body: unknown,
  ctx: WireContext,
  looksAt: (tag: string) => boolean,
): Pick<ParsedHint, 'seed'> {
  const seed = webhookToSnapshot(body, ctx);
  return seed?.ref.id === id ? { seed: { ...seed, tags: maskTags(seed.tags, looksAt) } } : {};
}

/** The same of a body that came before. */
export function saysIn(
  id: string,
  body: unknown,
  ctx: Pick<WireContext, 'person' | 'resource'>,
): Pick<ParsedHint, 'says'> {
  const shown = webhookSays(body, ctx);
  return shown?.id === id ? { says: shown.says } : {};
}
