/** Replaces what may differ between two brokers that behave the same: ids, ports, directories, clocks, free disk space. */
export interface Known {
  readonly ports: readonly number[]
  readonly dir: string
  /** Topic id → name. */
  readonly topics: ReadonlyMap<string, string>
}

/** Timestamps that the steps themselves set are kept. */
export const STEP_TIME = 1_700_000_000_000

const UUID_TEXT = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const ZERO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

function text(value: string, field: string, known: Known): string {
  const topic = known.topics.get(value)
  if (topic !== undefined) return `id of ${topic}`
  if (/^[\w-]{22}$/.test(value) && value !== ZERO_ID && /id$/i.test(field)) return 'id'
  let out = value
    .replaceAll(known.dir, 'DIR')
    .replace(UUID_TEXT, 'uuid')
    .replace(/\b1[6-9]\d{11}\b/g, 'now')
  for (const [id, name] of known.topics) out = out.replaceAll(id, `id of ${name}`)
  for (const port of known.ports) out = out.replaceAll(String(port), 'PORT')
  return out
}

function number(value: number, field: string, known: Known): number | string {
  if (field === 'port' && known.ports.includes(value)) return 'PORT'
  if (field === 'sessionId' && value > 0) return 'session'
  if (field === 'producerId' && value >= 0) return 'producer'
  if (field === 'totalBytes' || field === 'usableBytes') return value > 0 ? 'bytes' : value
  if (value > 1_600_000_000_000 && value < 4_000_000_000_000 && Math.abs(value - STEP_TIME) > 86_400_000) return 'now'
  return value
}

/** Where Kafka's order is that of a hash map. */
const UNORDERED: Readonly<Record<string, string>> = {
  configs: 'name',
  apiKeys: 'apiKey',
  groups: 'groupId',
  topics: 'name',
  topicResults: 'name',
  resultsByTopicV3AndBelow: 'name',
  transactionStates: 'transactionalId',
  responses: 'name',
  results: 'name',
  entity: 'entityType',
  entries: 'errorCode',
  values: 'key',
  partitionResponses: 'index',
  activeProducers: 'producerEpoch',
  topicPartitions: 'topicId',
}

export function normal(value: unknown, known: Known, field = ''): unknown {
  if (typeof value === 'string') return text(value, field, known)
  if (typeof value === 'number') return number(value, field, known)
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (Array.isArray(value)) {
    const items = value.map((item) => normal(item, known, field))
    if (field === 'subscribedTopicNames') return items.sort()
    const by = UNORDERED[field]
    const key = (item: unknown) => `${(item as Record<string, unknown> | null)?.[by ?? '']} ${JSON.stringify(item)}`
    return by === undefined ? items : items.sort((a, b) => (key(a) < key(b) ? -1 : 1))
  }
  if (value !== null && typeof value === 'object') {
    const out: Record<string, unknown> = {}
    for (const [name, inner] of Object.entries(value)) {
      // Kafka's prose on each config is not part of its behaviour.
      if (name !== 'documentation') out[name] = normal(inner, known, name)
    }
    return out
  }
  return value
}
