/**
 * All calls that Errand makes to Asana, over the `asana` package. Bodies come first in its argument lists: only this file
 * knows. How each is made, and what it throws: {@link createCalls}.
 */
import {
  CustomFieldSettingsApi,
  ProjectsApi,
  SectionsApi,
  StoriesApi,
  TagsApi,
  TasksApi,
  UsersApi,
  WorkspacesApi,
} from 'asana';
import { createCalls, type AsanaClientOptions, type Json } from './call';
import { asanaHosts } from './hosts';

/** What is read of the definition of a custom field. */
const FIELD_FIELDS = [
  'gid',
  'name',
  'type',
  'resource_subtype',
  'precision',
  'format',
  'enum_options.gid',
  'enum_options.name',
  'enum_options.enabled',
];

export type AsanaClient = ReturnType<typeof createAsanaClient>;

type Calls = ReturnType<typeof createCalls>;

/** The calls by name; the lists read all pages. */
export function createAsanaClient(options: AsanaClientOptions) {
  const calls = createCalls(options);
  return {
    hosts: asanaHosts(options.baseUrl),
    ...userCalls(calls),
    ...placeCalls(calls),
    ...taskCalls(calls),
    ...partCalls(calls),
    /** Closes the idle connections. */
    close: calls.close,
  };
}

/** Of people. */
function userCalls({ one, all, kept }: Calls) {
  const users = new UsersApi(kept);
  return {
    /** GET /users/me: the token's own user. */
    me: () => one('read', 'GET users/me', () => users.getUserWithHttpInfo('me', { opt_fields: 'gid,name,email' })),
    /** GET /workspaces/{workspace}/users/{e-mail or gid}. */
    userIn: (workspace: string, user: string) =>
      one('read', 'GET workspaces/…/users/…', () =>
        users.getUserForWorkspaceWithHttpInfo(workspace, user, { opt_fields: 'gid,name,email' }),
      ),
    /** GET /workspaces/{workspace}/users: at most 2,000, sorted by name. */
    usersIn: (workspace: string) =>
      all(`GET workspaces/${workspace}/users`, 'gid,name,email', (page) =>
        users.getUsersForWorkspaceWithHttpInfo(workspace, page),
      ),
    /** GET /users/{e-mail or gid}, with its workspaces. */
    user: (user: string) =>
      one('read', 'GET users/…', () =>
        users.getUserWithHttpInfo(user, { opt_fields: 'gid,name,email,workspaces.gid' }),
      ),
  };
}

/** Of what a task may be put into. */
function placeCalls({ one, all, kept, fresh }: Calls) {
  const workspaces = new WorkspacesApi(kept);
  const projects = new ProjectsApi(kept);
  const sections = new SectionsApi(kept);
  const tags = new TagsApi(kept);
  const newTags = new TagsApi(fresh);
  const fields = new CustomFieldSettingsApi(kept);
  return {
    workspaces: () => all('GET workspaces', 'gid,name', (page) => workspaces.getWorkspacesWithHttpInfo(page)),
    projects: (workspace: string) =>
      all('GET projects', 'gid,name,archived', (page) => projects.getProjectsWithHttpInfo({ ...page, workspace })),
    project: (project: string) =>
      one('read', `GET projects/${project}`, () =>
        projects.getProjectWithHttpInfo(project, { opt_fields: 'gid,name,archived,workspace.gid' }),
      ),
    sections: (project: string) =>
      all(`GET projects/${project}/sections`, 'gid,name', (page) =>
        sections.getSectionsForProjectWithHttpInfo(project, page),
      ),
    fields: (project: string) =>
      all(
        `GET projects/${project}/custom_field_settings`,
        FIELD_FIELDS.map((field) => `custom_field.${field}`).join(','),
        (page) => fields.getCustomFieldSettingsForProjectWithHttpInfo(project, page),
      ),
    tags: (workspace: string) =>
      all('GET tags', 'gid,name', (page) => tags.getTagsForWorkspaceWithHttpInfo(workspace, page)),
    createTag: (workspace: string, name: string) =>
      one('post', 'POST tags', () => newTags.createTagForWorkspaceWithHttpInfo({ data: { name } }, workspace)),
  };
}

/** Of a task itself. */
function taskCalls({ one, all, ofTask, kept, fresh }: Calls) {
  const tasks = new TasksApi(kept);
  const newTasks = new TasksApi(fresh);
  return {
    task: (task: string, optFields: string) =>
      ofTask(task, 'read', `GET tasks/${task}`, () => tasks.getTaskWithHttpInfo(task, { opt_fields: optFields })),
    /** GET /tasks of one project, changed since `since` (ISO time), completed ones too. */
    tasksSince: (project: string, since: string, optFields: string, pageRead?: () => void) =>
      all(
        `GET tasks of project ${project}`,
        optFields,
        (page) => tasks.getTasksWithHttpInfo({ ...page, project, modified_since: since }),
        pageRead,
      ),
    createTask: (data: Json, optFields: string, tooLate: () => boolean) =>
      one('post', 'POST tasks', () => newTasks.createTaskWithHttpInfo({ data }, { opt_fields: optFields }), tooLate),
    /** `optFields`: of the answer, which is the task as it is then. */
    updateTask: (task: string, data: Json, optFields: string) =>
      ofTask(task, 'put', `PUT tasks/${task}`, () =>
        tasks.updateTaskWithHttpInfo({ data }, task, { opt_fields: optFields }),
      ),
    /**
     * POST, and safe to repeat, like the next two; the answer is empty, except of followers. Within a project it moves the task to
     * the end of the section; one of another project is refused. (The package's call for sections alone sends its body in the
     * query as well.)
     */
    addProject: (task: string, project: string, section?: string) =>
      one('put', `POST tasks/${task}/addProject`, () =>
        tasks.addProjectForTaskWithHttpInfo({ data: { project, ...(section === undefined ? {} : { section }) } }, task),
      ),
    addFollower: (task: string, user: string, optFields: string) =>
      ofTask(task, 'put', `POST tasks/${task}/addFollowers`, () =>
        tasks.addFollowersForTaskWithHttpInfo({ data: { followers: [user] } }, task, { opt_fields: optFields }),
      ),
    addTag: (task: string, tag: string) =>
      one('put', `POST tasks/${task}/addTag`, () => tasks.addTagForTaskWithHttpInfo({ data: { tag } }, task)),
  };
}

/** Of the subtasks and the comments of a task. */
function partCalls({ one, all, kept, fresh }: Calls) {
  const tasks = new TasksApi(kept);
  const newTasks = new TasksApi(fresh);
  const stories = new StoriesApi(kept);
  const newStories = new StoriesApi(fresh);
  return {
    subtasks: (task: string) =>
      all(`GET tasks/${task}/subtasks`, 'gid,name', (page) => tasks.getSubtasksForTaskWithHttpInfo(task, page)),
    createSubtask: (task: string, data: Json) =>
      one('post', `POST tasks/${task}/subtasks`, () =>
        newTasks.createSubtaskForTaskWithHttpInfo({ data }, task, { opt_fields: 'gid' }),
      ),
    stories: (task: string) =>
      all(`GET tasks/${task}/stories`, 'gid,text,type,resource_subtype,created_by.gid', (page) =>
        stories.getStoriesForTaskWithHttpInfo(task, page),
      ),
    createStory: (task: string, data: Json) =>
      one('post', `POST tasks/${task}/stories`, () =>
        newStories.createStoryForTaskWithHttpInfo({ data }, task, { opt_fields: 'gid' }),
      ),
  };
}
