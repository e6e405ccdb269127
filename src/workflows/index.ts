/** Every workflow type that the worker serves. */
export { feed } from './feed';
export { issue } from './issue';
export { rotation } from './rotation';
export { storm } from './storm';
