/** Calamari's line in the registry: availability. */
import type { Vendor } from '../vendor';
import { createCalamari } from './client';

export const CALAMARI: Vendor = {
  name: 'calamari',
  open({ config: { calamari }, warn, share, watch }) {
    if (!calamari) return {};
    const availability = createCalamari({ ...calamari, warn, share, watch: watch('calamari_unavailable') });
    return { availability, check: () => availability.check() };
  },
};
