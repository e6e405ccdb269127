import { toRichText } from './html';
import type { AsanaStory, AsanaTask, Membership } from '../records';
import type { World } from '../world';

/** Writes down what happened to a task, as Asana does by itself. */
export function systemStory(world: World, task: string, by: string, subtype: string, text: string): void {
  const gid = world.gid();
  world.asana.stories.set(gid, {
    gid,
    task,
    subtype,
    type: 'system',
    text,
    htmlText: toRichText(text),
    createdAt: new Date().toISOString(),
    createdBy: by,
    pinned: false,
    edited: false,
  });
}

export function comment(
  world: World,
  task: AsanaTask,
  by: string,
  text: { text: string; html: string },
  pinned: boolean,
): AsanaStory {
  const gid = world.gid();
  const createdAt = new Date().toISOString();
  world.asana.tasks.set(task.gid, { ...task, modifiedAt: createdAt });
  return world.asana.stories.set(gid, {
    gid,
    task: task.gid,
    subtype: 'comment_added',
    type: 'comment',
    text: text.text,
    htmlText: text.html,
    createdAt,
    createdBy: by,
    pinned,
    edited: false,
  });
}

/** Applies a change of a task and tells its story. Equal values change nothing, not even `modified_at`. */
export function changeTask(world: World, before: AsanaTask, change: Partial<AsanaTask>, by: string): AsanaTask {
  const at = new Date().toISOString();
  const after = { ...before, ...change };
  if (JSON.stringify(after) === JSON.stringify(before)) return before;
  after.modifiedAt = at;
  const says = (subtype: string, text: string): void => systemStory(world, before.gid, by, subtype, text);
  if (after.completed !== before.completed) {
    after.completedAt = after.completed ? at : null;
    after.completedBy = after.completed ? by : null;
    says(
      after.completed ? 'marked_complete' : 'marked_incomplete',
      after.completed ? 'marked this task complete' : 'marked incomplete',
    );
  }
  if (after.assignee !== before.assignee) {
    const name = after.assignee === null ? undefined : world.asana.users.get(after.assignee)?.name;
    if (after.assignee !== null) after.followers = [...new Set([...after.followers, after.assignee])];
    if (name === undefined) says('unassigned', 'unassigned this task');
    else says('assigned', `assigned to ${name}`);
  }
  placesSay(world, before.memberships, after.memberships, says);
  if (after.name !== before.name) says('name_changed', `changed the name to "${after.name}"`);
  if (after.notes !== before.notes) says('notes_changed', 'changed the description');
  if (after.dueOn !== before.dueOn || after.dueAt !== before.dueAt) {
    says('due_date_changed', after.dueOn === null ? 'removed the due date' : `changed the due date to ${after.dueOn}`);
  }
  return world.asana.tasks.set(before.gid, after);
}

/** The subtypes are those that clients of the API read; the description names `new_section` of a story, and no subtype. */
function placesSay(
  world: World,
  before: Membership[],
  after: Membership[],
  says: (subtype: string, text: string) => void,
): void {
  const nameOf = (project: string): string => world.asana.projects.get(project)?.name ?? '';
  for (const { project, section } of after) {
    const was = before.find((one) => one.project === project);
    if (was === undefined) says('added_to_project', `added to ${nameOf(project)}`);
    else if (was.section !== section) {
      const name = world.asana.sections.get(section)?.name ?? '';
      says('section_changed', `moved this task to ${name} in ${nameOf(project)}`);
    }
  }
  for (const { project } of before)
    if (!after.some((one) => one.project === project)) says('removed_from_project', `removed from ${nameOf(project)}`);
}

/** Moves a task to the bin; its subtasks and stories go with it. */
export function deleteTask(world: World, gid: string): void {
  for (const child of world.asana.tasks.all()) if (child.parent === gid) deleteTask(world, child.gid);
  for (const story of world.asana.stories.of(gid)) world.asana.stories.delete(story.gid);
  world.asana.tasks.delete(gid);
}
