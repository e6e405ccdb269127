/**
 * The lives of an issue, each played once in a world and compared at its end, in pretend Sentry, Asana and Slack, with
 * what is expected and nothing else. Played by three tests under different servers and workers, and by the recorder of
 * histories, which is why they assert without jest.
 */
import { CLOSINGS } from './lives-closing';
import { FAILURES } from './lives-failing';
import { LEFT_OUT } from './lives-left-out';
import { HANDS } from './lives-hands';
import { OPENINGS } from './lives-opening';
import { FINDINGS } from './lives-tracker';
import { TURNS } from './lives-turns';
import type { Life } from './life';

export const LIVES: Life[] = [...OPENINGS, ...CLOSINGS, ...HANDS, ...TURNS, ...FINDINGS, ...FAILURES, ...LEFT_OUT];
