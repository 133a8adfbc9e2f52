import { KafkaError } from '../../base/errors.ts'
import type { ClientQuotaImage } from '../image-types.ts'

export interface QuotaFilterPart {
  readonly entityType: string
  readonly matchType: number
  readonly match: string | null
}

const EXACT = 0
const DEFAULT = 1
const SPECIFIED = 2
const TYPES: ReadonlySet<string> = new Set(['user', 'client-id', 'ip'])

/** Those that fit; `strict`: and have no part that the filter does not name. Throws what Kafka refuses. */
export function filterQuotas(
  quotas: Iterable<ClientQuotaImage>,
  parts: readonly QuotaFilterPart[],
  strict: boolean,
): ClientQuotaImage[] {
  const wanted = new Map<string, string | null | undefined>()
  for (const part of parts) {
    checkType(part.entityType, wanted)
    wanted.set(part.entityType, matched(part))
  }
  if (wanted.has('ip') && wanted.size > 1) {
    invalid(
      'Invalid entity filter component combination. IP filter component should not be used with user or clientId ' +
        'filter component.',
    )
  }
  return [...quotas].filter(({ entity }) => {
    if (strict && entity.length !== wanted.size) return false
    return [...wanted].every(([type, name]) => {
      const found = entity.find(({ entityType }) => entityType === type)
      return found !== undefined && (name === undefined || found.entityName === name)
    })
  })
}

const FEW = [
  'connection_creation_rate',
  'consumer_byte_rate',
  'controller_mutation_rate',
  'request_percentage',
  'producer_byte_rate',
]
const MANY = [
  'connection_creation_rate',
  'producer_byte_rate',
  'consumer_byte_rate',
  'controller_mutation_rate',
  'request_percentage',
]

/**
 * An entity's quotas in the order in which Kafka names them: that of its hash table, which has four places for up to
 * three quotas and eight for more. Clients compare lists of them as they come.
 */
export function namedQuotas(quotas: ReadonlyMap<string, number>): { key: string; value: number }[] {
  const order = quotas.size > 3 ? MANY : FEW
  return [...quotas].map(([key, value]) => ({ key, value })).sort((a, b) => order.indexOf(a.key) - order.indexOf(b.key))
}

function checkType(entityType: string, seen: ReadonlyMap<string, unknown>): void {
  if (entityType === '') invalid('Invalid empty entity type.')
  if (seen.has(entityType)) invalid(`Entity type ${entityType} cannot appear more than once in the filter.`)
  if (!TYPES.has(entityType)) throw new KafkaError('UNSUPPORTED_VERSION', `Unsupported entity type ${entityType}`)
}

/** Undefined: any name will do. */
function matched({ matchType, match }: QuotaFilterPart): string | null | undefined {
  switch (matchType) {
    case EXACT:
      return match ?? invalid('Request specified MATCH_TYPE_EXACT, but set match string to null.')
    case DEFAULT:
      if (match !== null) invalid('Request specified MATCH_TYPE_DEFAULT, but also specified a match string.')
      return null
    case SPECIFIED:
      if (match !== null) invalid('Request specified MATCH_TYPE_SPECIFIED, but also specified a match string.')
      return undefined
    default:
      return invalid(`Unknown match type ${matchType}`)
  }
}

function invalid(sentence: string): never {
  throw new KafkaError('INVALID_REQUEST', sentence)
}
