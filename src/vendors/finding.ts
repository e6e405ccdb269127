/** What a check at the start finds; apart from the registry, since each vendor's check answers it. */
/** One finding at the start: `error` when tasks cannot be made so, `warning` when something will be missing. */
export type Finding = {
  level: 'error' | 'warning';
  what: string;
  todo: string;
  /** The vendor could not be asked, so that nothing is known of it. */
  unreachable?: true;
};
