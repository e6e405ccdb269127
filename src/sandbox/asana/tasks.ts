import { dataOf, refuse } from './errors';
import { renderFull, wantedFields } from './fields';
import { projectOf, sectionOf, tagOf, taskOf, userOf, workspaceOf } from './lookup';
import { listAnswer } from './pages';
import { Ref } from './ref';
import { taken } from './treatment';
import { bodyText, newTask, taskChange } from './write';
import { changeTask, comment, deleteTask, systemStory } from './stories';
import type { AsanaStory, AsanaTask } from '../records';
import { BOT } from '../seed';
import { type Answer, type Call, json, type Route } from '../serve';
import type { World } from '../world';

const SEARCH_LAG = 10_000;

/** Tasks, subtasks and stories (https://developers.asana.com/reference/tasks). */
export function taskRoutes(world: World): Route[] {
  const one = (call: Call, gid: string, status = 200): Answer => {
    const headers = status === 201 ? { location: `/api/1.0/tasks/${gid}` } : undefined;
    return json(status, { data: renderFull(world, new Ref('task', gid), wantedFields(call)) }, headers);
  };
  const story = (call: Call, gid: string, status = 200): Answer =>
    json(status, { data: renderFull(world, new Ref('story', gid), wantedFields(call)) });
  const create = (call: Call, parent?: AsanaTask): Answer => {
    const task = newTask(world, taken(world, dataOf(call)), BOT, parent);
    world.asana.tasks.set(task.gid, task);
    const assignee = task.assignee === null ? undefined : world.asana.users.get(task.assignee);
    if (assignee !== undefined) systemStory(world, task.gid, BOT, 'assigned', `assigned to ${assignee.name}`);
    return one(call, task.gid, 201);
  };
  const list = (call: Call, tasks: AsanaTask[]): Answer =>
    listAnswer(
      world,
      call,
      'task',
      filtered(call, tasks).map(({ gid }) => gid),
    );
  const inProject = (project: string): AsanaTask[] =>
    world.asana.tasks.all().filter((task) => task.memberships.some((place) => place.project === project));
  const inSection = (section: string): AsanaTask[] =>
    world.asana.tasks.all().filter((task) => task.memberships.some((place) => place.section === section));
  const withTag = (tag: string): AsanaTask[] => world.asana.tasks.all().filter((task) => task.tags.includes(tag));
  const gidOf = (call: Call): string => call.params.task ?? '';

  return [
    { method: 'GET', path: '/tasks', run: (call) => list(call, chosen(world, call, inProject, inSection, withTag)) },
    { method: 'POST', path: '/tasks', run: (call) => create(call) },
    { method: 'GET', path: '/tasks/:task', run: (call) => one(call, taskOf(world, gidOf(call)).gid) },
    {
      method: 'PUT',
      path: '/tasks/:task',
      run: (call) => {
        const task = taskOf(world, gidOf(call));
        return one(call, changeTask(world, task, taskChange(world, task, taken(world, dataOf(call))), BOT).gid);
      },
    },
    {
      method: 'DELETE',
      path: '/tasks/:task',
      run: (call) => {
        deleteTask(world, taskOf(world, gidOf(call)).gid);
        return json(200, { data: {} });
      },
    },
    {
      method: 'GET',
      path: '/tasks/:task/subtasks',
      run: (call) => {
        const parent = taskOf(world, gidOf(call)).gid;
        const children = world.asana.tasks.all().filter((task) => task.parent === parent);
        return listAnswer(
          world,
          call,
          'task',
          children.map(({ gid }) => gid),
        );
      },
    },
    { method: 'POST', path: '/tasks/:task/subtasks', run: (call) => create(call, taskOf(world, gidOf(call))) },
    {
      method: 'GET',
      path: '/projects/:project/tasks',
      run: (call) => list(call, inProject(projectOf(world, call.params.project ?? '').gid)),
    },
    {
      method: 'GET',
      path: '/sections/:section/tasks',
      run: (call) => list(call, inSection(sectionOf(world, call.params.section ?? '').gid)),
    },
    {
      method: 'GET',
      path: '/tags/:tag/tasks',
      run: (call) => list(call, withTag(tagOf(world, call.params.tag ?? '').gid)),
    },
    {
      method: 'GET',
      path: '/tasks/:task/stories',
      run: (call) => {
        const task = taskOf(world, gidOf(call)).gid;
        const stories = world.asana.stories.of(task);
        return listAnswer(
          world,
          call,
          'story',
          stories.map(({ gid }) => gid),
        );
      },
    },
    {
      method: 'POST',
      path: '/tasks/:task/stories',
      run: (call) => {
        const task = taskOf(world, gidOf(call));
        const data = dataOf(call);
        const text = bodyText(world, data, 'text', 'html_text', 'comment');
        if (text === undefined) throw refuse(400, 'text: Missing input');
        return story(call, comment(world, task, BOT, text, data.is_pinned === true).gid, 201);
      },
    },
    { method: 'GET', path: '/stories/:story', run: (call) => story(call, storyOf(world, call).gid) },
    {
      method: 'PUT',
      path: '/stories/:story',
      run: (call) => {
        const record = storyOf(world, call);
        const data = dataOf(call);
        const text = bodyText(world, data, 'text', 'html_text', 'comment');
        if (record.type !== 'comment' || record.createdBy !== BOT)
          throw refuse(403, 'You can only edit your own comments');
        const pinned = typeof data.is_pinned === 'boolean' ? data.is_pinned : record.pinned;
        const change = text === undefined ? {} : { text: text.text, htmlText: text.html, edited: true };
        world.asana.stories.set(record.gid, { ...record, pinned, ...change });
        return story(call, record.gid);
      },
    },
    {
      method: 'DELETE',
      path: '/stories/:story',
      run: (call) => {
        world.asana.stories.delete(storyOf(world, call).gid);
        return json(200, { data: {} });
      },
    },
    { method: 'GET', path: '/workspaces/:workspace/tasks/search', run: (call) => search(world, call) },
  ];
}

function storyOf(world: World, call: Call): AsanaStory {
  const gid = call.params.story ?? '';
  const found = world.asana.stories.get(gid);
  if (found === undefined) throw refuse(/^\d+$/.test(gid) ? 404 : 400, `story: Unknown object: ${gid}`);
  return found;
}

/** The one filter that `GET /tasks` demands (https://developers.asana.com/reference/gettasks). */
function chosen(
  world: World,
  call: Call,
  inProject: (gid: string) => AsanaTask[],
  inSection: (gid: string) => AsanaTask[],
  withTag: (gid: string) => AsanaTask[],
): AsanaTask[] {
  const { query } = call;
  const project = query.get('project');
  const section = query.get('section');
  const tag = query.get('tag');
  const assignee = query.get('assignee');
  const given = [project, section, tag, assignee].filter((value) => value !== null);
  if (given.length !== 1 || (assignee === null) !== (query.get('workspace') === null)) {
    throw refuse(400, 'Must specify exactly one of project, tag, section, user task list, or assignee + workspace');
  }
  if (project !== null) return inProject(projectOf(world, project).gid);
  if (section !== null) return inSection(sectionOf(world, section).gid);
  if (tag !== null) return withTag(tagOf(world, tag).gid);
  workspaceOf(world, query.get('workspace') ?? '');
  const person = userOf(world, assignee ?? '', 'assignee', 'path').gid;
  return world.asana.tasks.all().filter((task) => task.assignee === person);
}

function moment(call: Call, name: string): number | undefined {
  const given = call.query.get(name);
  if (given === null) return undefined;
  const at = given === 'now' ? Date.now() : Date.parse(given);
  if (Number.isNaN(at)) throw refuse(400, `${name}: Not a valid date and time: ${given}`);
  return at;
}

/** `completed_since` hides what was completed earlier; `modified_since` counts being added to a project as a change. */
function filtered(call: Call, tasks: AsanaTask[]): AsanaTask[] {
  const completedSince = moment(call, 'completed_since');
  const modifiedSince = moment(call, 'modified_since');
  return tasks.filter((task) => {
    const open =
      completedSince === undefined || task.completedAt === null || Date.parse(task.completedAt) >= completedSince;
    if (modifiedSince === undefined) return open;
    const changes = [task.modifiedAt, ...task.memberships.map((place) => place.addedAt)];
    return open && changes.some((at) => Date.parse(at) >= modifiedSince);
  });
}

/** Search is a paid feature and lags behind by ten seconds or more (https://developers.asana.com/reference/searchtasksforworkspace). */
function search(world: World, call: Call): Answer {
  workspaceOf(world, call.params.workspace ?? '');
  if (world.meta.plan === 'free') throw refuse(402, 'Payment Required: search is only available to premium users');
  const text = call.query.get('text')?.toLowerCase();
  const projects = call.query.get('projects.any')?.split(',');
  const completed = call.query.get('completed');
  const found = world.asana.tasks.all().filter((task) => {
    const old = Date.parse(task.modifiedAt) <= Date.now() - SEARCH_LAG;
    const says = text === undefined || `${task.name}\n${task.notes}`.toLowerCase().includes(text);
    const here = projects === undefined || task.memberships.some((place) => projects.includes(place.project));
    return old && says && here && (completed === null || String(task.completed) === completed);
  });
  const page = found.slice(0, Math.min(100, Number(call.query.get('limit') ?? '20')));
  const unpaged = { ...call, query: new URLSearchParams([...call.query].filter(([name]) => name === 'opt_fields')) };
  return listAnswer(
    world,
    unpaged,
    'task',
    page.map(({ gid }) => gid),
  );
}
