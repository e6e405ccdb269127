export type ResourceType =
  | 'task'
  | 'user'
  | 'project'
  | 'section'
  | 'tag'
  | 'workspace'
  | 'story'
  | 'custom_field'
  | 'custom_field_setting'
  | 'custom_value';

/** A reference that is rendered only when and how it is asked for. */
export class Ref {
  constructor(
    readonly type: ResourceType,
    readonly gid: string,
  ) {}
}
