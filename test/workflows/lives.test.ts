/** Every life, with a worker that keeps workflows in memory, as in production. */
import { playAll } from './play';

playAll({});
