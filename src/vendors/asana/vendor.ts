/** Asana's line in the registry: a tracker. */
import type { PersonKey } from '../../core/refs';
import type { Rules } from '../../rules/load';
import type { Vendor } from '../vendor';
import { createTaskAt } from './hosts';
import { createAsanaTracker } from './tracker';

const NAME = 'asana';

export const ASANA: Vendor = {
  name: NAME,
  open({ config: { asana }, rules, warn, share, watch }) {
    const tracker = createAsanaTracker({
      baseUrl: asana.baseUrl,
      token: asana.accessToken,
      warn,
      share,
      watch: watch('asana_unavailable'),
      person: (key) => ({ asana: rules().people[key]?.[NAME], name: rules().people[key]?.name }),
      personOf: (address) => personOf(rules(), address),
    });
    return {
      tracker,
      taskAt: createTaskAt(asana.baseUrl),
      check: (now) => tracker.check(placesOf(now), Object.keys(now.people)),
      close: () => tracker.close(),
    };
  },
};

function personOf({ people }: Rules, address: string): PersonKey | undefined {
  const wanted = address.toLowerCase();
  return Object.entries(people).find(([, person]) => person[NAME]?.toLowerCase() === wanted)?.[0];
}

/** Of the rules, with the custom fields that they fill there. */
function placesOf({ projects }: Rules) {
  const ours = projects.filter(({ destination }) => destination.tracker === NAME);
  return ours.map(({ destination, fields }) => ({ ...destination, fields: Object.keys(fields ?? {}) }));
}
