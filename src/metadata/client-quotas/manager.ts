import { KafkaError } from '../../base/errors.ts'
import type { MetadataImage } from '../image.ts'
import { quotaEntityKey } from '../image-settings.ts'
import type { QuotaEntityPart } from '../image-types.ts'
import type { Manager } from '../manager.ts'
import { type MetadataRecord, metadataRecord } from '../records.ts'
import { checkRecordCount } from '../topics/limits.ts'
import type { ClientQuotaCommands, QuotaAlteration, QuotaAlterationResult } from './commands.ts'
import { isIpAddress } from './ip-address.ts'

/** Quotas of users, client ids and addresses. */
export function clientQuotaManager(): Manager<ClientQuotaCommands> {
  return {
    alterClientQuotas({ entries, validateOnly, hosts }, { image }) {
      const records: MetadataRecord[] = []
      const results = new Map<string, QuotaAlterationResult>()
      for (const alteration of entries) {
        const entity = distinct(alteration.entity)
        const key = quotaEntityKey(entity)
        results.set(
          key,
          resultOf(entity, () => {
            const keys = alteration.ops.map((op) => op.key)
            if (results.has(key) || new Set(keys).size < keys.length) {
              invalid(`Ignoring duplicate entity ${entityText(entity)}`)
            }
            records.push(...alter(image, { entity, ops: alteration.ops }, hosts))
          }),
        )
      }
      checkRecordCount(records)
      return { records: validateOnly ? [] : records, reply: [...results.values()] }
    },
  }
}

/** As in Kafka's map of types: the last of one type counts, in an order of its own. */
function distinct(entity: readonly QuotaEntityPart[]): QuotaEntityPart[] {
  const byType = new Map(entity.map((part) => [part.entityType, part]))
  return [...byType.values()].sort((a, b) => ORDER.indexOf(a.entityType) - ORDER.indexOf(b.entityType))
}

const ORDER = ['client-id', 'user', 'ip']

function resultOf(entity: readonly QuotaEntityPart[], work: () => void): QuotaAlterationResult {
  try {
    work()
    return { entity, error: 'NONE', message: null }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { entity, error: error.error, message: error.detail }
  }
}

function alter(image: MetadataImage, { entity, ops }: QuotaAlteration, hosts: ReadonlySet<string>): MetadataRecord[] {
  const types = typesFor(entity, hosts)
  const current = image.clientQuotas.get(quotaEntityKey(entity))?.quotas
  const records: MetadataRecord[] = []
  const parts = entity.map(({ entityType, entityName }) => ({ entityType, entityName }))
  for (const { key, value, remove } of ops) {
    if (remove) {
      if (current?.has(key))
        records.push(metadataRecord('ClientQuotaRecord', { entity: parts, key, value: 0, remove: true }))
      continue
    }
    checkValue(types, key, value)
    if (current?.get(key) !== value) {
      records.push(metadataRecord('ClientQuotaRecord', { entity: parts, key, value, remove: false }))
    }
  }
  return records
}

type Type = 'INT' | 'LONG' | 'DOUBLE'

const OF_CLIENTS: Readonly<Record<string, Type>> = {
  producer_byte_rate: 'LONG',
  consumer_byte_rate: 'LONG',
  request_percentage: 'DOUBLE',
  controller_mutation_rate: 'DOUBLE',
}
const OF_ADDRESSES: Readonly<Record<string, Type>> = { connection_creation_rate: 'INT' }
const MOST: Readonly<Record<Type, number>> = { INT: 2 ** 31 - 1, LONG: 2 ** 63, DOUBLE: Number.POSITIVE_INFINITY }

/** The quotas that an entity may have. Throws where it is none. */
function typesFor(entity: readonly QuotaEntityPart[], hosts: ReadonlySet<string>): Readonly<Record<string, Type>> {
  if (entity.length === 0) invalid('Invalid empty client quota entity')
  for (const { entityType, entityName } of entity) {
    if (entityType !== 'user' && entityType !== 'client-id' && entityType !== 'ip') {
      invalid(`Unhandled client quota entity type: ${entityType}`)
    }
    if (entityName === '') invalid(`Empty ${entityType} not supported`)
  }
  const address = entity.find(({ entityType }) => entityType === 'ip')
  if (address === undefined) return OF_CLIENTS
  if (entity.length > 1) {
    invalid('Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId')
  }
  const { entityName } = address
  if (entityName !== null && !isIpAddress(entityName) && !hosts.has(entityName)) {
    invalid(`${entityName} is not a valid IP or resolvable host.`)
  }
  return OF_ADDRESSES
}

function checkValue(types: Readonly<Record<string, Type>>, key: string, value: number): void {
  const type = (Object.hasOwn(types, key) ? types[key] : undefined) ?? invalid(`Invalid configuration key ${key}`)
  if (value <= 0) invalid(`Quota ${key} must be greater than 0`)
  if (type === 'DOUBLE') return
  if (value > MOST[type]) invalid(`Proposed value for ${key} is too large for ${type === 'INT' ? 'an' : 'a'} ${type}.`)
  if (Math.abs(value % 1) > 1e-6) invalid(`${key} cannot be a fractional value.`)
}

/** As Java prints it. */
function entityText(entity: readonly QuotaEntityPart[]): string {
  return `ClientQuotaEntity(entries={${entity.map(({ entityType, entityName }) => `${entityType}=${entityName}`).join(', ')}})`
}

function invalid(sentence: string): never {
  throw new KafkaError('INVALID_REQUEST', sentence)
}
