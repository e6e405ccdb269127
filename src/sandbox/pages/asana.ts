import { Html, badge, html, when } from '../html';
import { fieldsOf } from '../asana/views';
import type { AsanaTask, FieldValue, AsanaField } from '../records';
import type { World } from '../world';

const nameOf = (world: World, user: string | null): string =>
  user === null ? 'nobody' : (world.asana.users.get(user)?.name ?? user);

/** Asana: the projects and how many tasks each holds. */
export function asanaPage(world: World): Html {
  const tasks = world.asana.tasks.all();
  const rows = world.asana.projects.all().map((project) => {
    const inside = tasks.filter((task) => task.memberships.some((place) => place.project === project.gid));
    const open = inside.filter((task) => !task.completed).length;
    return html`<tr>
      <td><a href="/pages/asana/projects/${project.gid}">${project.name}</a></td>
      <td class="narrow">${world.asana.workspaces.get(project.workspace)?.name}</td>
      <td class="narrow">${open} open</td>
      <td class="narrow">${inside.length - open} completed</td>
    </tr>`;
  });
  const homeless = tasks.filter((task) => task.memberships.length === 0 && task.parent === null);
  return html`<h1>Projects</h1>
    <table>
      <tr>
        <th>Project</th>
        <th>Workspace</th>
        <th colspan="2">Tasks</th>
      </tr>
      ${rows}
    </table>
    ${
      homeless.length > 0 &&
      html`<h2>Tasks in no project</h2>
        ${taskTable(world, homeless)}`
    }`;
}

function taskTable(world: World, tasks: AsanaTask[]): Html {
  if (tasks.length === 0) return html`<div class="card empty">No tasks yet.</div>`;
  return html`<table>
    <tr>
      <th>Task</th>
      <th>Assignee</th>
      <th>Due</th>
      <th>State</th>
      <th>Changed</th>
    </tr>
    ${tasks.map(
      (task) =>
        html`<tr>
          <td><a class="${task.completed && 'done'}" href="/pages/asana/tasks/${task.gid}">${task.name}</a></td>
          <td class="narrow">${nameOf(world, task.assignee)}</td>
          <td class="narrow">${when(task.dueOn)}</td>
          <td>${state(task)}</td>
          <td class="narrow">${when(task.modifiedAt)}</td>
        </tr>`,
    )}
  </table>`;
}

const state = (task: AsanaTask): Html => (task.completed ? badge('completed', 'good') : badge('open', 'info'));

/** One project: its tasks by section. */
export function projectPage(world: World, gid: string): Html | undefined {
  const project = world.asana.projects.get(gid);
  if (project === undefined) return undefined;
  const tasks = world.asana.tasks.all().reverse();
  const sections = world.asana.sections.all().filter((section) => section.project === gid);
  return html`<p><a href="/pages/asana">← Projects</a></p>
    <h1>${project.name}</h1>
    ${sections.map((section) => {
      const inside = tasks.filter((task) => task.memberships.some((place) => place.section === section.gid));
      return html`<h2>${section.name} <span class="soft">${inside.length}</span></h2>
        ${taskTable(world, inside)}`;
    })}`;
}

/** One task, as a person would see it. */
export function taskPage(world: World, gid: string): Html | undefined {
  const task = world.asana.tasks.get(gid);
  if (task === undefined) return undefined;
  const [place] = task.memberships;
  const project = place === undefined ? undefined : world.asana.projects.get(place.project);
  const parent = task.parent === null ? undefined : world.asana.tasks.get(task.parent);
  const children = world.asana.tasks.all().filter((child) => child.parent === gid);
  const stories = world.asana.stories.of(gid);
  return html`<p>
      ${project !== undefined && html`<a href="/pages/asana/projects/${project.gid}">← ${project.name}</a>`}
      ${parent !== undefined && html`<a href="/pages/asana/tasks/${parent.gid}">← ${parent.name}</a>`}
    </p>
    <h1>${task.name}</h1>
    <div class="split">
      <div>
        <div class="card notes">${richText(task.htmlNotes)}</div>
        ${
          children.length > 0 &&
          html`<h2>Subtasks</h2>
            <table>
              ${children.map(
                (child) =>
                  html`<tr>
                    <td>
                      <a class="${child.completed && 'done'}" href="/pages/asana/tasks/${child.gid}">${child.name}</a>
                    </td>
                    <td class="narrow">${nameOf(world, child.assignee)}</td>
                    <td>${state(child)}</td>
                  </tr>`,
              )}
            </table>`
        }
        <h2>What happened</h2>
        <div class="card">
          <div class="story system">${nameOf(world, task.createdBy)} created this task · ${when(task.createdAt)}</div>
          ${stories.map((story) =>
            story.type === 'comment'
              ? html`<div class="story">
                  <b>${nameOf(world, story.createdBy)}</b>
                  <span class="soft">${when(story.createdAt)}${story.edited && ' (edited)'}</span>
                  <div class="notes">${richText(story.htmlText)}</div>
                </div>`
              : html`<div class="story system">
                  ${nameOf(world, story.createdBy)} ${story.text} · ${when(story.createdAt)}
                </div>`,
          )}
        </div>
      </div>
      ${facts(world, task)}
    </div>`;
}

function facts(world: World, task: AsanaTask): Html {
  const places = task.memberships.map((one) => {
    const section = world.asana.sections.get(one.section)?.name ?? '';
    return html`<div>${world.asana.projects.get(one.project)?.name} <span class="soft">${section}</span></div>`;
  });
  const tags = task.tags.map((tag) => badge(world.asana.tags.get(tag)?.name ?? tag));
  const fields = fieldsOf(world, task).flatMap((gid) => {
    const field = world.asana.fields.get(gid);
    const value = task.fields[gid];
    return field === undefined || value === undefined || value === null
      ? []
      : [
          html`<dt>${field.name}</dt>
            <dd>${shown(field, value)}</dd>`,
        ];
  });
  return html`<div class="card">
    <dl>
      <dt>State</dt>
      <dd>${state(task)} ${task.completed && html`<span class="soft">${when(task.completedAt)}</span>`}</dd>
      <dt>Assignee</dt>
      <dd><b>${nameOf(world, task.assignee)}</b></dd>
      <dt>Due</dt>
      <dd>${when(task.dueOn)}</dd>
      <dt>Projects</dt>
      <dd>${places.length > 0 ? places : '–'}</dd>
      ${fields}
      <dt>Tags</dt>
      <dd>${tags.length > 0 ? tags : '–'}</dd>
      <dt>Followers</dt>
      <dd>${task.followers.map((user) => nameOf(world, user)).join(', ')}</dd>
      <dt>Task</dt>
      <dd><code>${task.gid}</code></dd>
    </dl>
  </div>`;
}

function shown(field: AsanaField, value: FieldValue): Html {
  const chosen = field.options.filter((option) =>
    Array.isArray(value) ? value.includes(option.gid) : value === option.gid,
  );
  return chosen.length > 0 ? html`${chosen.map((option) => badge(option.name, 'info'))}` : html`${String(value)}`;
}

/** Stored rich text was checked when it came in; only plain links are left in it, and they may not run anything. */
function richText(stored: string): Html {
  const inner = stored.replace(/^\s*<body[^>]*>/, '').replace(/<\/body>\s*$|^\s*<body\/>\s*$/, '');
  const safe = inner.replace(/<a\s([^>]*?)(\/?)>/g, (_all, attributes: string, closed: string) => {
    const href = /href\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(attributes);
    const target = href?.[1] ?? href?.[2] ?? '';
    const mention = /data-asana-gid\s*=\s*["'](\d+)["']/.exec(attributes)?.[1];
    const link = /^https?:\/\//i.test(target) ? `<a href="${target.replace(/"/g, '&quot;')}" rel="noreferrer">` : '<a>';
    return closed === '/' ? `<a>@${mention ?? ''}</a>` : link;
  });
  return new Html(
    safe
      .replace(/<img\b[^>]*>/g, '')
      .replace(/<(\w+)\s*\/>/g, (all, name: string) => (name === 'hr' ? all : `<${name}></${name}>`)),
  );
}
