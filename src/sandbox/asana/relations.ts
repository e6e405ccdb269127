import { dataOf, listOf, refuse, textOf } from './errors';
import { renderFull, wantedFields } from './fields';
import { projectOf, sectionOf, tagOf, taskOf } from './lookup';
import { Ref } from './ref';
import { changeTask } from './stories';
import { taken } from './treatment';
import { firstSection, peopleOf } from './write';
import type { AsanaTask } from '../records';
import { BOT } from '../seed';
import { type Answer, type Call, json, type Route } from '../serve';
import type { World } from '../world';

const MOST_PROJECTS = 20;
const EMPTY = { data: {} };

/** What ties a task to projects, sections, tags, followers and a parent. Every one of these may be repeated without harm. */
export function relationRoutes(world: World): Route[] {
  const full = (call: Call, gid: string): Answer =>
    json(200, { data: renderFull(world, new Ref('task', gid), wantedFields(call)) });
  const onTask =
    (change: (task: AsanaTask, data: Record<string, unknown>, call: Call) => Partial<AsanaTask>, empty: boolean) =>
    (call: Call): Answer => {
      const task = taskOf(world, call.params.task ?? '');
      changeTask(world, task, change(task, dataOf(call), call), BOT);
      return empty ? json(200, EMPTY) : full(call, task.gid);
    };
  const place = (task: AsanaTask, project: string, section: string): Pick<AsanaTask, 'memberships'> => {
    const before = task.memberships.find((one) => one.project === project);
    if (before?.section === section) return { memberships: task.memberships };
    const moved = { project, section, addedAt: before?.addedAt ?? new Date().toISOString() };
    const others = task.memberships.filter((one) => one.project !== project);
    if (before === undefined && others.length >= MOST_PROJECTS)
      throw refuse(400, 'project: A task can be in at most 20 projects');
    return {
      memberships:
        before === undefined ? [...others, moved] : task.memberships.map((one) => (one === before ? moved : one)),
    };
  };

  return [
    {
      method: 'POST',
      path: '/tasks/:task/addProject',
      run: onTask((task, data) => {
        const project = projectOf(world, textOf(data, 'project'), 'project', 'body').gid;
        if (data.insert_after !== undefined && data.insert_before !== undefined) {
          throw refuse(400, 'insert_after: You may only specify one of insert_after and insert_before');
        }
        const given = taken(world, data).section;
        const section = given === undefined || given === null ? undefined : textOf(data, 'section');
        if (section !== undefined && sectionOf(world, section, 'section', 'body').project !== project) {
          throw refuse(400, `section: ${section} is not in project ${project}`);
        }
        const here = task.memberships.find((one) => one.project === project)?.section;
        return place(task, project, section ?? here ?? firstSection(world, project));
      }, true),
    },
    {
      method: 'POST',
      path: '/tasks/:task/removeProject',
      run: onTask((task, data) => {
        const project = projectOf(world, textOf(data, 'project'), 'project', 'body').gid;
        return { memberships: task.memberships.filter((one) => one.project !== project) };
      }, true),
    },
    {
      method: 'POST',
      path: '/sections/:section/addTask',
      run: (call) => {
        const section = sectionOf(world, call.params.section ?? '');
        const task = taskOf(world, textOf(dataOf(call), 'task'), 'task', 'body');
        if ('section' in taken(world, { section: section.gid }))
          changeTask(world, task, place(task, section.project, section.gid), BOT);
        return json(200, EMPTY);
      },
    },
    {
      method: 'POST',
      path: '/tasks/:task/addFollowers',
      run: onTask((task, data) => {
        if (data.followers === undefined) throw refuse(400, 'followers: Missing input');
        return { followers: [...new Set([...task.followers, ...peopleOf(world, taken(world, data), 'followers')])] };
      }, false),
    },
    {
      method: 'POST',
      path: '/tasks/:task/removeFollowers',
      run: onTask((task, data) => {
        if (data.followers === undefined) throw refuse(400, 'followers: Missing input');
        const gone = peopleOf(world, data, 'followers');
        return { followers: task.followers.filter((gid) => !gone.includes(gid)) };
      }, false),
    },
    {
      method: 'POST',
      path: '/tasks/:task/addTag',
      run: onTask((task, data) => {
        const { gid } = tagOf(world, textOf(data, 'tag'), 'tag', 'body');
        return { tags: [...new Set([...task.tags, ...listOf(taken(world, { tags: [gid] }), 'tags')])] };
      }, true),
    },
    {
      method: 'POST',
      path: '/tasks/:task/removeTag',
      run: onTask((task, data) => {
        const tag = tagOf(world, textOf(data, 'tag'), 'tag', 'body').gid;
        return { tags: task.tags.filter((gid) => gid !== tag) };
      }, true),
    },
    {
      method: 'POST',
      path: '/tasks/:task/setParent',
      run: onTask((task, data) => {
        if (data.parent === undefined) throw refuse(400, 'parent: Missing input');
        if (data.parent === null) return { parent: null };
        const parent = taskOf(world, textOf(data, 'parent'), 'parent', 'body').gid;
        if (isBelow(world, parent, task.gid)) throw refuse(400, 'parent: A task cannot be its own ancestor');
        return { parent };
      }, false),
    },
  ];
}

function isBelow(world: World, gid: string, ancestor: string): boolean {
  for (
    let at: string | null | undefined = gid;
    at !== null && at !== undefined;
    at = world.asana.tasks.get(at)?.parent
  ) {
    if (at === ancestor) return true;
  }
  return false;
}
