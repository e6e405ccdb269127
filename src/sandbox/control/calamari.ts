import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Control, ControlError, readBody } from './body';

const DAY = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'is not a date YYYY-MM-DD');
const TIME = z.string().regex(/^\d{2}:\d{2}$/, 'is not a time HH:mm');
const AbsenceSchema = z.strictObject({
  email: z.string(),
  from: DAY,
  to: DAY,
  status: z.string().default('ACCEPTED'),
  category: z.enum(['TIMEOFF', 'WORK']).default('TIMEOFF'),
  fullDay: z.boolean().default(true),
  startTime: TIME.default('00:00'),
  endTime: TIME.default('23:59'),
  timeZone: z.string().optional(),
});

/** Calamari's offset form, `+0000` without a colon. */
const stamp = (): string => new Date().toISOString().replace(/\.\d+Z$/, '+0000');

/** Absences, holidays, people and limits of pretend Calamari. */
export function controlCalamari(scope: FastifyInstance, { world }: Control): void {
  const { absences, employees, holidays } = world.calamari;
  scope.post('/calamari/absences', (request, reply) => {
    const body = readBody(request, AbsenceSchema);
    const employee = employees.get(body.email.toLowerCase());
    if (employee === undefined) throw new ControlError(404, `pretend Calamari knows no ${body.email}`);
    const id = world.number();
    const absence = absences.set(String(id), {
      id,
      employee: employee.email,
      from: body.from,
      to: body.to,
      status: body.status,
      category: body.category,
      fullDay: body.fullDay,
      startTime: `${body.from}T${body.startTime}:00`,
      endTime: `${body.to}T${body.endTime}:${body.endTime === '23:59' ? '59' : '00'}`,
      timeZone: body.timeZone ?? employee.timeZone,
      created: stamp(),
    });
    return reply.code(201).send(absence);
  });
  scope.get('/calamari/absences', () => absences.all());
  scope.delete<{ Querystring: { email?: string } }>('/calamari/absences', (request) => {
    const { email } = request.query;
    for (const absence of absences.all()) {
      if (email === undefined || absence.employee === email.toLowerCase()) absences.delete(String(absence.id));
    }
    return absences.all();
  });
  scope.post('/calamari/limits', (request) => {
    const limit = z.int().min(0).optional();
    const change = readBody(request, z.strictObject({ perSecond: limit, perHour: limit, perDay: limit }));
    const given = Object.entries(change).filter(([, calls]) => calls !== undefined);
    world.setMeta({ calamariLimits: { ...world.meta.calamariLimits, ...Object.fromEntries(given) } });
    return world.meta.calamariLimits;
  });
  scope.post('/calamari/holidays', (request, reply) => {
    const body = readBody(request, z.strictObject({ name: z.string(), date: DAY }));
    const id = world.number();
    return reply.code(201).send(holidays.set(String(id), { id, ...body }));
  });
  scope.post('/calamari/employees', (request, reply) => {
    const schema = z.strictObject({
      email: z.string(),
      name: z.string(),
      timeZone: z.string().default('Europe/Warsaw'),
    });
    const body = readBody(request, schema);
    const [firstName = '', ...rest] = body.name.split(' ');
    const email = body.email.toLowerCase();
    const employee = { id: world.number(), email, firstName, lastName: rest.join(' '), timeZone: body.timeZone };
    return reply.code(201).send(employees.set(email, employee));
  });
}
