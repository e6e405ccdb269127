/** Under `up` the answers of the operators' listener say what to do there. */
import fastify from 'fastify';
import { adviseAs, handleError } from '../../src/api/errors';
import { ErrandError } from '../../src/errors';
import { adviceUnderUp } from '../../src/process/terminal';

test('advice of an error is reworded, whatever else is answered is not', async () => {
  const app = fastify();
  app.setErrorHandler(handleError);
  adviseAs(app, adviceUnderUp);
  app.get('/refused', () => {
    throw new ErrandError('worker_unavailable');
  });
  const issue = { error: { type: 'TypeError' }, todo: 'restart the worker' };
  app.get('/issue', () => issue);
  app.get('/none', (_request, reply) => reply.send(null));
  const refused = await app.inject('/refused');
  expect([refused.statusCode, refused.json()]).toEqual([
    503,
    { error: { code: 'worker_unavailable', message: 'No worker answered.', todo: 'It is started again by itself.' } },
  ]);
  expect((await app.inject('/issue')).json()).toEqual(issue);
  expect((await app.inject('/none')).statusCode).toBe(200);
});
