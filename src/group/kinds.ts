/** The kinds of groups that live in `__consumer_offsets`, as ListGroups names them. */
export type GroupTypeName = 'classic' | 'consumer' | 'share' | 'streams'

/** Kinds that this machine keeps and shows but does not coordinate. */
export type ForeignKind = Exclude<GroupTypeName, 'classic' | 'consumer' | 'streams'>
