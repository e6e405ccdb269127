/** Every workflow type that the worker serves. */
export { alerts } from './alerts';
export { feed } from './feed';
export { issue } from './issue';
export { rotation } from './rotation';
export { storm } from './storm';
