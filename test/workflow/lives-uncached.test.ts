/** Every life, replayed from its beginning at every step: whatever is not deterministic fails here. */
import { playAll } from './play';

playAll({ maxCachedWorkflows: 0 });
