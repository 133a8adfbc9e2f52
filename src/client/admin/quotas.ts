import { ApiKey } from '../../protocol/apis.ts'
import type { KafkaClient } from '../client.ts'
import { throwIfError } from '../client-error.ts'

/** `name` null: the default of its type. */
export interface QuotaEntityPart {
  readonly type: string
  readonly name: string | null
}

export interface ClientQuota {
  readonly entity: readonly QuotaEntityPart[]
  readonly values: Readonly<Record<string, number>>
}

/** `name` undefined: whatever it is called. */
export interface QuotaFilter {
  readonly type: string
  readonly name?: string | null
}

const EXACT = 0
const DEFAULT = 1
const ANY = 2

/** Those that fit all of the filters; `strict`: and are of no other types. */
export async function listQuotas(
  client: KafkaClient,
  filters: readonly QuotaFilter[] = [],
  strict = false,
): Promise<ClientQuota[]> {
  const answer = await client.any({
    api: ApiKey.DescribeClientQuotas,
    body: {
      components: filters.map(({ type, name }) => ({
        entityType: type,
        matchType: name === undefined ? ANY : name === null ? DEFAULT : EXACT,
        match: name ?? null,
      })),
      strict,
    },
  })
  throwIfError(answer)
  return (answer.entries ?? []).map(({ entity, values }) => ({
    entity: entity.map(({ entityType, entityName }) => ({ type: entityType, name: entityName })),
    values: Object.fromEntries(values.map(({ key, value }) => [key, value])),
  }))
}

/** `value` null: it is taken away. @throws KafkaError */
export async function alterQuota(
  client: KafkaClient,
  entity: readonly QuotaEntityPart[],
  changes: readonly { readonly key: string; readonly value: number | null }[],
  validateOnly = false,
): Promise<void> {
  const { entries } = await client.controller({
    api: ApiKey.AlterClientQuotas,
    body: {
      entries: [
        {
          entity: entity.map(({ type, name }) => ({ entityType: type, entityName: name })),
          ops: changes.map(({ key, value }) => ({ key, value: value ?? 0, remove: value === null })),
        },
      ],
      validateOnly,
    },
    errorOf: (answer) => answer.entries[0]?.errorCode ?? 0,
  })
  for (const entry of entries) throwIfError(entry)
}
