/** The kinds of groups that live in `__consumer_offsets`, as ListGroups names them. */
export type GroupTypeName = 'classic' | 'consumer' | 'share' | 'streams'
