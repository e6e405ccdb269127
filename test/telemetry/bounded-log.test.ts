/** The log file of a part of `up`. That a full disk does not end who writes it: test/smoke/outages-disk.test.ts. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BoundedLog } from '../../src/telemetry/bounded-log';
import { cleanUpApps, temporaryDir } from '../support/run';

const text = (file: string): string => readFileSync(file, 'utf8');
let file: string;
beforeEach(() => {
  file = join(temporaryDir(), 'api.log');
});
afterAll(cleanUpApps);

test('a start goes on where the last one ended; at its limit it begins anew, and one before it is kept', () => {
  new BoundedLog(file).write(Buffer.from('one\n'));
  const log = new BoundedLog(file, 10);
  log.write(Buffer.from('two\n'));
  expect(text(file)).toBe('one\ntwo\n');
  log.write(Buffer.from('three\n'));
  log.write(Buffer.from('four\n'));
  expect(text(`${file}.1`)).toBe('one\ntwo\nthree\n');
  expect(text(file)).toBe('four\n');
});

test('one that has grown beyond its limit under another version begins anew at the start', () => {
  writeFileSync(file, 'x'.repeat(11));
  new BoundedLog(file, 10).write(Buffer.from('new\n'));
  expect(text(`${file}.1`)).toBe('x'.repeat(11));
  expect(text(file)).toBe('new\n');
});

test('what cannot be written is dropped, and what comes when it can be is written', () => {
  const dir = join(temporaryDir(), 'later');
  const log = new BoundedLog(join(dir, 'api.log'));
  log.write(Buffer.from('dropped\n'));
  mkdirSync(dir);
  log.write(Buffer.from('kept\n'));
  expect(text(join(dir, 'api.log'))).toBe('kept\n');
  new BoundedLog(undefined).write(Buffer.from('nowhere\n'));
});
