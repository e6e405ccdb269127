/**
 * What the core knows of a vendor: the name that it has in the registry, and what its failures mean. There is no table of vendors here,
 * so that any vendor will do: a code of the catalogue is `<name>_<meaning>`, and a name is shown with a capital letter.
 */

/** What is decided by. A vendor's codes may end otherwise, too: those only tell a person what happened. */
export type Meaning =
  /** The token. It concerns everything that is done with it. */
  | 'unauthorized'
  | 'forbidden'
  /** The plan does not include it. */
  | 'payment_required'
  /** What was sent is taken neither now nor later. */
  | 'refused'
  /** It was taken, and not done. */
  | 'ignored'
  /** The task is not there, or hidden. */
  | 'not_found'
  /** The task is there, and lacks details. */
  | 'incomplete'
  /** Nobody knows whether the task was made. */
  | 'outcome_unknown'
  | 'issue_not_found'
  /** Neither the issue nor its project is there, so the issue is not taken for deleted. */
  | 'project_not_found'
  /** So many issues are gone at once that a person must say whether it is so. */
  | 'many_gone'
  /** An outage, or a limit of the rate. */
  | 'unavailable';

/** @param vendor its name in the registry @returns the code that it fails with, such as `asana_refused` */
export function codeOf<V extends string, M extends Meaning>(vendor: V, meaning: M): `${V}_${M}` {
  return `${vendor}_${meaning}`;
}

/** Is this code, of any vendor, of that meaning? A name has no underscore. */
export function means(code: string, ...meanings: Meaning[]): boolean {
  const meaning = code.slice(code.indexOf('_') + 1);
  return meanings.some((one) => one === meaning);
}

/** `asana` → `Asana`: a name of the registry, as people read it. */
export function titleOf(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
