/** Secrets and persons that only a name shows. */
import { kindOf, maskNamed, maskTags } from '../../src/text/named';
import { renderTask } from '../../src/text/task';
import { toAsanaText } from '../../src/text/markup';
import { explainText } from '../../src/text/explain';
import { decision, issue } from './cases';

const SECRET = [
  'password', 'db_password', 'DB_PASSWORD', 'dbPassword', 'userPasswd', 'pw', 'pass', 'db.pwd', 'token', 'auth.token',
  'accessToken', 'x-auth-token', 'token_value', 'authorization', 'http.authorization', 'api_key', 'apiKey', 'x-api-key',
  'APIKEY', 'secret', 'clientSecret', 'session_id', 'sessionId', 'PHPSESSID', 'connect.sid', 'session', 'Cookie',
  'credentials', 'csrf', 'jwt', 'otp', 'private_key',
]; // prettier-ignore
const PERSON = [
  'username', 'userName', 'user_name', 'user_id', 'userId', 'user', 'user.segment', 'User.Id', 'sentry:user', 'enduser.id',
  'email', 'customer_email', 'e-mail', 'login', 'phone', 'ip', 'client_ip', 'ip_address', 'remoteAddr', 'first_name', 'db.user',
]; // prettier-ignore
const NEITHER = [
  'environment', 'level', 'release', 'server_name', 'transaction', 'customer.tier', 'customer_id', 'user_agent', 'users',
  'user_count', 'browser.name', 'total_tokens', 'tokens', 'token_count', 'auth_method', 'authors', 'os.name', 'url', 'zip',
  'compass', 'key', 'cache_key', 'feature', 'runtime', 'trace_id', 'device.family', 'author', 'ship', 'spin',
]; // prettier-ignore

test.each(SECRET)('%s is a secret', (name) => expect(kindOf(name)).toBe('secret'));
test.each(PERSON)('%s is a person', (name) => expect(kindOf(name)).toBe('person'));
test.each(NEITHER)('%s is neither', (name) => expect(kindOf(name)).toBeUndefined());

test('the value is masked, unless it says that there is none', () => {
  expect(maskNamed('password', 'hunter')).toBe('[secret]');
  expect(maskNamed('username', 'zoe')).toBe('[person]');
  expect(maskNamed('colour', 'red')).toBe('red');
  for (const none of ['', ' ', 'null', 'undefined', '[Filtered]']) expect(maskNamed('password', none)).toBe(none);
  const tags = { password: 'hunter', username: 'zoe', colour: 'red' };
  expect(maskTags(tags, (name) => name === 'username')).toEqual({ ...tags, password: '[secret]' });
});

test('a name of any length takes no time', () => {
  for (const unit of ['a', 'aB', '_', 'user_', 'pass.'])
    expect(() => kindOf(unit.repeat(1_000_000 / unit.length))).not.toThrow();
});

test('a task shows no tag that its name betrays', () => {
  const tags = { password: 'hunter', session_id: 'abcdef', username: 'zoe', colour: 'red' };
  const { body } = renderTask({
    issue: issue({ tags }),
    decision: decision(),
    assignee: null,
    marker: 'sentry:acme:1',
    operatorUrl: null,
  });
  const text = toAsanaText(body);
  expect(text).not.toMatch(/hunter|abcdef|zoe/);
  expect(text).toMatch(/colour: red/);
});

test('an explanation says that a value was seen, not which', () => {
  const { reasons } = decision();
  expect(reasons.length).toBeGreaterThan(0);
  expect(
    explainText({ ...decision(), reasons: [{ rule: 'r', matched: true, predicate: 'x: PHPSESSID=abc' }] }),
  ).toContain('PHPSESSID=[secret]');
});
