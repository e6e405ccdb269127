/** What the parts that find or make the executable share. */

/** An environment as a child process gets it. */
export type Env = Record<string, string | undefined>;

/** For a progress bar: `total` is absent when it is not known. */
export interface Progress {
  step: 'download' | 'go-modules' | 'build';
  done?: number;
  total?: number;
}
