/** Every workflow type that the worker serves. */
export { issue } from './issue';
export { rotation } from './rotation';
