import { dataOf, refuse, textOf } from './errors';
import { renderFull, wantedFields } from './fields';
import { projectOf, sectionOf, sectionsOf, tagOf, taskOf, userOf, workspaceOf } from './lookup';
import { listAnswer } from './pages';
import { Ref, type ResourceType } from './ref';
import { type Answer, type Call, json, type Route } from '../serve';
import type { World } from '../world';

/** Users, workspaces, projects, sections, tags and custom fields (https://developers.asana.com/reference/rest-api-reference). */
export function placeRoutes(world: World): Route[] {
  const one = (call: Call, type: ResourceType, gid: string, status = 200): Answer =>
    json(status, { data: renderFull(world, new Ref(type, gid), wantedFields(call)) });
  const list = (call: Call, type: ResourceType, records: readonly { gid: string }[]): Answer =>
    listAnswer(
      world,
      call,
      type,
      records.map(({ gid }) => gid),
    );
  const param = (call: Call, name: string): string => call.params[name] ?? '';
  const inWorkspace = <T extends { workspace: string }>(records: T[], gid: string): T[] =>
    records.filter((record) => record.workspace === gid);
  const given = (call: Call): string => {
    const gid = call.query.get('workspace');
    if (gid === null) throw refuse(400, 'workspace: Missing input');
    return workspaceOf(world, gid);
  };
  const users = (call: Call): Answer => list(call, 'user', byName(world.asana.users.all()));
  const paid = (): void => {
    if (world.meta.plan === 'free') throw refuse(402, 'Custom Fields are not available for free users or guests.');
  };
  const makeTag = (call: Call, workspace: string): Answer => {
    const data = dataOf(call);
    const name = textOf(data, 'name');
    const gid = world.gid();
    const color = typeof data.color === 'string' ? data.color : null;
    world.asana.tags.set(gid, { gid, name, workspace, color, createdAt: new Date().toISOString() });
    return one(call, 'tag', gid, 201);
  };

  return [
    { method: 'GET', path: '/users', run: (call) => users(call) },
    {
      method: 'GET',
      path: '/users/:user',
      run: (call) => one(call, 'user', userOf(world, param(call, 'user'), 'user', 'path').gid),
    },
    { method: 'GET', path: '/workspaces', run: (call) => list(call, 'workspace', world.asana.workspaces.all()) },
    {
      method: 'GET',
      path: '/workspaces/:workspace',
      run: (call) => one(call, 'workspace', workspaceOf(world, param(call, 'workspace'))),
    },
    {
      method: 'GET',
      path: '/workspaces/:workspace/users',
      run: (call) => {
        workspaceOf(world, param(call, 'workspace'));
        return users(call);
      },
    },
    {
      method: 'GET',
      path: '/workspaces/:workspace/users/:user',
      run: (call) => {
        workspaceOf(world, param(call, 'workspace'));
        return one(call, 'user', userOf(world, param(call, 'user'), 'user', 'path').gid);
      },
    },
    {
      method: 'GET',
      path: '/workspaces/:workspace/projects',
      run: (call) =>
        list(call, 'project', inWorkspace(world.asana.projects.all(), workspaceOf(world, param(call, 'workspace')))),
    },
    {
      method: 'GET',
      path: '/projects',
      run: (call) => {
        const workspace = call.query.get('workspace');
        const all = world.asana.projects.all();
        return list(call, 'project', workspace === null ? all : inWorkspace(all, workspaceOf(world, workspace)));
      },
    },
    {
      method: 'GET',
      path: '/projects/:project',
      run: (call) => one(call, 'project', projectOf(world, param(call, 'project')).gid),
    },
    {
      method: 'GET',
      path: '/projects/:project/sections',
      run: (call) => list(call, 'section', sectionsOf(world, projectOf(world, param(call, 'project')).gid)),
    },
    {
      method: 'POST',
      path: '/projects/:project/sections',
      run: (call) => {
        const project = projectOf(world, param(call, 'project')).gid;
        const name = textOf(dataOf(call), 'name');
        const gid = world.gid();
        world.asana.sections.set(gid, { gid, name, project, createdAt: new Date().toISOString() });
        return one(call, 'section', gid, 201);
      },
    },
    {
      method: 'GET',
      path: '/sections/:section',
      run: (call) => one(call, 'section', sectionOf(world, param(call, 'section')).gid),
    },
    {
      method: 'GET',
      path: '/projects/:project/custom_field_settings',
      run: (call) => {
        const project = projectOf(world, param(call, 'project'));
        paid();
        return list(
          call,
          'custom_field_setting',
          project.fields.map((field) => ({ gid: `${field}:${project.gid}` })),
        );
      },
    },
    {
      method: 'GET',
      path: '/workspaces/:workspace/custom_fields',
      run: (call) => {
        const gid = workspaceOf(world, param(call, 'workspace'));
        paid();
        return list(call, 'custom_field', inWorkspace(world.asana.fields.all(), gid));
      },
    },
    {
      method: 'GET',
      path: '/custom_fields/:field',
      run: (call) => {
        const gid = param(call, 'field');
        if (!world.asana.fields.has(gid)) throw refuse(404, `custom_field: Unknown object: ${gid}`);
        return one(call, 'custom_field', gid);
      },
    },
    {
      method: 'GET',
      path: '/tags',
      run: (call) => list(call, 'tag', inWorkspace(world.asana.tags.all(), given(call))),
    },
    {
      method: 'POST',
      path: '/tags',
      run: (call) => makeTag(call, workspaceOf(world, textOf(dataOf(call), 'workspace'), 'body')),
    },
    { method: 'GET', path: '/tags/:tag', run: (call) => one(call, 'tag', tagOf(world, param(call, 'tag')).gid) },
    {
      method: 'GET',
      path: '/workspaces/:workspace/tags',
      run: (call) =>
        list(call, 'tag', inWorkspace(world.asana.tags.all(), workspaceOf(world, param(call, 'workspace')))),
    },
    {
      method: 'POST',
      path: '/workspaces/:workspace/tags',
      run: (call) => makeTag(call, workspaceOf(world, param(call, 'workspace'))),
    },
    {
      method: 'GET',
      path: '/tasks/:task/projects',
      run: (call) =>
        list(
          call,
          'project',
          taskOf(world, param(call, 'task')).memberships.map(({ project }) => ({ gid: project })),
        ),
    },
    {
      method: 'GET',
      path: '/tasks/:task/tags',
      run: (call) =>
        list(
          call,
          'tag',
          taskOf(world, param(call, 'task')).tags.map((gid) => ({ gid })),
        ),
    },
  ];
}

/** Alphabetical, as `GET /workspaces/{gid}/users` is documented; paging needs the order of the gids. */
function byName<T extends { gid: string }>(users: T[]): T[] {
  return [...users].sort((a, b) => a.gid.localeCompare(b.gid, 'en', { numeric: true }));
}
