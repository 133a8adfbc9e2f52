const MAX_NAME_LENGTH = 249
const LEGAL = /^[a-zA-Z0-9._-]*$/

export const GROUP_METADATA_TOPIC = '__consumer_offsets'
export const TRANSACTION_STATE_TOPIC = '__transaction_state'
export const SHARE_GROUP_STATE_TOPIC = '__share_group_state'
export const CLUSTER_METADATA_TOPIC = '__cluster_metadata'

const INTERNAL: ReadonlySet<string> = new Set([GROUP_METADATA_TOPIC, TRANSACTION_STATE_TOPIC, SHARE_GROUP_STATE_TOPIC])

export function isInternalTopic(name: string): boolean {
  return INTERNAL.has(name)
}

/** Kafka's sentence about a name that no topic may have; undefined: it is legal. */
export function illegalTopicName(name: string): string | undefined {
  const reason = reasonAgainst(name)
  return reason === undefined ? undefined : `Topic name is invalid: ${reason}`
}

function reasonAgainst(name: string): string | undefined {
  if (name === '') return 'the empty string is not allowed'
  if (name === '.' || name === '..') return `'${name}' is not allowed`
  if (name.length > MAX_NAME_LENGTH)
    return `the length of '${name}' is longer than the max allowed length ${MAX_NAME_LENGTH}`
  if (!LEGAL.test(name))
    return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`
  return undefined
}

export function hasCollisionChars(name: string): boolean {
  return name.includes('_') || name.includes('.')
}

/** Names that differ only in `.` and `_` have the same metrics: the form in which they are equal. */
export function collisionKey(name: string): string {
  return name.replaceAll('.', '_')
}
