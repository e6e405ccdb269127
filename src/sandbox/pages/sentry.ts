import { badge, type Html, html, when } from '../html';
import { tagsOf } from '../sentry/events';
import { findIssue } from '../sentry/issues';
import { assigneeView, eventsOf, linksOf } from '../sentry/views';
import type { Json, SentryIssue } from '../records';
import type { World } from '../world';

function status(issue: SentryIssue): Html {
  const label = issue.substatus === null ? issue.status : `${issue.status} · ${issue.substatus.replace(/_/g, ' ')}`;
  if (issue.status === 'resolved') return badge(label, 'good');
  if (issue.status === 'ignored') return badge(label);
  return badge(label, issue.substatus === 'regressed' || issue.substatus === 'escalating' ? 'bad' : 'warn');
}

const level = (issue: SentryIssue): Html =>
  badge(
    issue.level,
    issue.level === 'fatal' || issue.level === 'error' ? 'bad' : issue.level === 'warning' ? 'warn' : 'info',
  );

const assignee = (world: World, issue: SentryIssue): string => {
  const name = assigneeView(world, issue.assignedTo)?.name;
  return typeof name === 'string' ? name : 'nobody';
};

/** Sentry: all issues, the latest first. */
export function sentryPage(world: World): Html {
  const issues = world.sentry.issues
    .all()
    .filter((issue) => !issue.deleted && issue.mergedInto === null)
    .sort((a, b) => Date.parse(b.lastSeen) - Date.parse(a.lastSeen));
  if (issues.length === 0)
    return html`<h1>Issues</h1>
      <div class="card empty">No issues yet. A sent webhook raises its issue here.</div>`;
  return html`<h1>Issues</h1>
    <table>
      <tr>
        <th>Issue</th>
        <th>Status</th>
        <th>Events</th>
        <th>Assignee</th>
        <th>Last seen</th>
      </tr>
      ${issues.map(
        (issue) =>
          html`<tr>
            <td>
              <a href="/pages/sentry/${issue.id}">${issue.title}</a><br /><span class="soft"
                >${issue.shortId} · ${issue.culprit}</span
              >
              ${level(issue)}
            </td>
            <td>${status(issue)}</td>
            <td class="narrow">${issue.count}</td>
            <td class="narrow">${assignee(world, issue)}</td>
            <td class="narrow">${when(issue.lastSeen)}</td>
          </tr>`,
      )}
    </table>`;
}

/** One issue: its state, its latest event, its links and what happened. */
export function issuePage(world: World, key: string): Html | undefined {
  const issue = findIssue(world, key);
  if (issue === undefined) return undefined;
  const events = eventsOf(world, issue.id);
  const raw = events[events.length - 1]?.raw ?? {};
  const links = linksOf(world, issue.id);
  const project = world.sentry.projects.get(issue.project);
  return html`<p><a href="/pages/sentry">← Issues</a></p>
    <h1>${issue.title}</h1>
    <p>${status(issue)} ${level(issue)} <span class="soft">${issue.shortId} · ${issue.culprit}</span></p>
    <div class="split">
      <div>
        ${stack(raw)}
        <h2>Tags of the latest event</h2>
        <div class="card">${tagsOf(raw).map(([name, value]) => html`${badge(`${name}: ${value}`)} `)}</div>
        <h2>What happened</h2>
        <div class="card">
          ${[...issue.activity].reverse().map((entry) => {
            const who = entry.user === null ? '' : ` by ${world.sentry.members.get(entry.user)?.name ?? entry.user}`;
            return html`<div class="story system">
              ${entry.type.replace(/_/g, ' ')}${who} · ${when(entry.dateCreated)}
            </div>`;
          })}
        </div>
      </div>
      <div class="card">
        <dl>
          <dt>Project</dt>
          <dd>${project?.slug}</dd>
          <dt>Assignee</dt>
          <dd><b>${assignee(world, issue)}</b></dd>
          <dt>Linked</dt>
          <dd>
            ${links.length > 0 ? links.map((link) => external(String(link.webUrl), String(link.displayName))) : 'nothing'}
          </dd>
          <dt>Events</dt>
          <dd>${issue.count}, seen by ${issue.userCount} ${issue.userCount === 1 ? 'user' : 'users'}</dd>
          <dt>First seen</dt>
          <dd>${when(issue.firstSeen)}</dd>
          <dt>Last seen</dt>
          <dd>${when(issue.lastSeen)}</dd>
          <dt>Issue</dt>
          <dd><code>${issue.id}</code></dd>
        </dl>
      </div>
    </div>`;
}

function external(url: string, label: string): Html {
  return /^https?:\/\//i.test(url)
    ? html`<div><a href="${url}" rel="noreferrer">${label}</a></div>`
    : html`<div>${label}</div>`;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function stack(raw: Json): Html {
  const values =
    isObject(raw.exception) && Array.isArray(raw.exception.values) ? raw.exception.values.filter(isObject) : [];
  if (values.length === 0) return html`<div class="card soft">The latest event has no exception.</div>`;
  return html`${[...values].reverse().map((value) => {
    const frames =
      isObject(value.stacktrace) && Array.isArray(value.stacktrace.frames)
        ? value.stacktrace.frames.filter(isObject)
        : [];
    const lines = [...frames]
      .reverse()
      .slice(0, 12)
      .map(
        (frame) =>
          `${text(frame.function, '?')} (${text(frame.filename, '?')}:${text(frame.lineno, '?')})${frame.in_app === true ? '  ← in app' : ''}`,
      );
    return html`<div class="card">
      <b>${text(value.type, 'Error')}</b>:
      ${text(value.value, '')}${lines.length > 0 && html`<pre>${lines.join('\n')}</pre>`}
    </div>`;
  })}`;
}

const text = (value: unknown, otherwise: string): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
