import { z } from 'zod'
import { createAcls, deleteAcls, listAcls } from '../../../client/admin/acls.ts'
import {
  alterConfigs,
  type ConfigValueSource,
  describeConfigs,
  listConfigResources,
} from '../../../client/admin/configs.ts'
import { alterQuota, listQuotas } from '../../../client/admin/quotas.ts'
import { deleteUser, listUsers, setUser } from '../../../client/admin/users.ts'
import type { Acl, AlterConfigsBody, AlterQuotaBody, Config, ConfigResource, ConfigSource } from '../api.ts'
import { outcomes } from '../outcomes.ts'
import { matching, sliceOf } from '../paging.ts'
import { maybeEmptyName, page, type RouteDefinition, route } from '../route.ts'

const CONFIG_TYPES = ['topic', 'broker', 'group', 'client-metrics', 'broker-logger'] as const
const MOST = 1_000
const MOST_CHARS = 32_767
const MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
const RESOURCE_TYPES = ['TOPIC', 'GROUP', 'CLUSTER', 'TRANSACTIONAL_ID', 'DELEGATION_TOKEN', 'USER'] as const
const OPERATIONS = [
  'ALL',
  'READ',
  'WRITE',
  'CREATE',
  'DELETE',
  'ALTER',
  'DESCRIBE',
  'CLUSTER_ACTION',
  'DESCRIBE_CONFIGS',
  'ALTER_CONFIGS',
  'IDEMPOTENT_WRITE',
  'CREATE_TOKENS',
  'DESCRIBE_TOKENS',
  'TWO_PHASE_COMMIT',
] as const

const acl: z.ZodType<Acl> = z.strictObject({
  resourceType: z.enum(RESOURCE_TYPES),
  resourceName: z.string().min(1).max(MOST_CHARS),
  patternType: z.enum(['LITERAL', 'PREFIXED']),
  principal: z.string().min(1).max(MOST_CHARS),
  host: z.string().min(1).max(1_000),
  operation: z.enum(OPERATIONS),
  permission: z.enum(['ALLOW', 'DENY']),
})
const aclsBody = z.strictObject({ acls: z.array(acl).min(1).max(MOST) })

const alterConfigsBody: z.ZodType<AlterConfigsBody> = z.strictObject({
  type: z.enum(CONFIG_TYPES),
  name: maybeEmptyName,
  changes: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(MOST_CHARS),
        operation: z.enum(['set', 'delete', 'append', 'subtract']),
        value: z.string().max(1_000_000).optional(),
      }),
    )
    .min(1)
    .max(MOST),
  validateOnly: z.boolean().optional(),
})

const user = z.string().min(1).max(MOST_CHARS)

const alterQuotaBody: z.ZodType<AlterQuotaBody> = z.strictObject({
  entity: z
    .array(
      z.strictObject({ type: z.enum(['user', 'client-id', 'ip']), name: z.string().min(1).max(MOST_CHARS).nullable() }),
    )
    .min(1)
    .max(3),
  changes: z
    .array(
      z.strictObject({
        key: z.enum([
          'producer_byte_rate',
          'consumer_byte_rate',
          'request_percentage',
          'controller_mutation_rate',
          'connection_creation_rate',
        ]),
        value: z.number().nullable(),
      }),
    )
    .min(1)
    .max(5),
  validateOnly: z.boolean().optional(),
})

export const settingRoutes: readonly RouteDefinition[] = [
  route(
    'GET /api/configs',
    { query: z.strictObject({ type: z.enum(CONFIG_TYPES), name: maybeEmptyName }) },
    async ({ query: { type, name }, client }) => {
      const entries = await describeConfigs(client, { type, name }, { withDocumentation: true })
      const configs = entries.map(({ isReadOnly, isSensitive, source, synonyms, ...entry }): Config => {
        return {
          ...entry,
          source: SOURCES[source],
          readOnly: isReadOnly,
          sensitive: isSensitive,
          isDefault: source === 'default' || (type === 'broker-logger' && synonyms.length <= 1),
          synonyms: synonyms.map((synonym) => ({ ...synonym, source: SOURCES[synonym.source] })),
        }
      })
      return { type, name, configs }
    },
  ),

  route(
    'GET /api/config-resources',
    { query: z.strictObject({ type: z.enum(CONFIG_TYPES).optional() }) },
    async ({ query: { type }, client }) => {
      const types: readonly ConfigResource[] = type === undefined ? CONFIG_TYPES : [type]
      return { resources: await listConfigResources(client, types) }
    },
  ),

  route('POST /api/configs/alter', { body: alterConfigsBody }, async ({ body, client }) => {
    const { type, name, changes, validateOnly = false } = body
    await alterConfigs(client, { type, name }, changes, { validateOnly })
    return {}
  }),

  route(
    'GET /api/acls',
    {
      query: z.strictObject({
        resourceType: z.enum(RESOURCE_TYPES).optional(),
        resourceName: z.string().max(MOST_CHARS).optional(),
        patternType: z.enum(['ANY', 'MATCH', 'LITERAL', 'PREFIXED']).optional(),
        principal: z.string().max(MOST_CHARS).optional(),
        host: z.string().max(1_000).optional(),
        operation: z.enum(OPERATIONS).optional(),
        permission: z.enum(['ALLOW', 'DENY']).optional(),
        search: page.search,
        offset: page.offset,
        limit: page.limit,
      }),
    },
    async ({ query: { offset, limit, search = '', ...filter }, client }) => {
      const words = search.toLowerCase().split(/\s+/).filter(Boolean)
      // What they are called on the wire is what they are called here.
      const acls = ((await listAcls(client, filter)) as Acl[]).filter((each) => {
        const text = Object.values(each).join(' ').toLowerCase()
        return words.every((word) => text.includes(word))
      })
      const query = { ...(offset !== undefined && { offset }), ...(limit !== undefined && { limit }) }
      return { rows: sliceOf(acls, query), total: acls.length, warnings: [] }
    },
  ),

  route('POST /api/acls/create', { body: aclsBody }, async ({ body: { acls }, client }) => {
    await createAcls(client, acls)
    return outcomes(
      new Map(acls.map((each) => [`${each.principal} ${each.operation} ${each.resourceName}`, undefined])),
    )
  }),

  route('POST /api/acls/delete', { body: aclsBody }, async ({ body: { acls }, client }) => ({
    deleted: (await deleteAcls(client, acls)) as Acl[],
  })),

  route('GET /api/users', {}, async ({ client }) => ({ users: await listUsers(client) })),

  route(
    'POST /api/users/set',
    {
      body: z.strictObject({
        name: user,
        mechanism: z.enum(MECHANISMS),
        password: z.string().min(1).max(1_000),
        iterations: z.number().int().min(4_096).max(16_384).optional(),
      }),
    },
    async ({ body: { iterations, ...credential }, client }) => {
      await setUser(client, { ...credential, ...(iterations !== undefined && { iterations }) })
      return {}
    },
  ),

  route(
    'POST /api/users/delete',
    { body: z.strictObject({ name: user, mechanism: z.enum(MECHANISMS) }) },
    async ({ body: { name, mechanism }, client }) => {
      await deleteUser(client, name, mechanism)
      return {}
    },
  ),

  route('GET /api/quotas', {}, async ({ client }) => {
    const quotas = (await listQuotas(client)) as { entity: AlterQuotaBody['entity']; values: Record<string, number> }[]
    const textOf = ({ entity }: (typeof quotas)[number]) =>
      entity.map(({ type, name }) => `${type} ${name ?? ''}`).join()
    return { quotas: matching(quotas, { query: {}, textOf, keyOf: textOf }) }
  }),

  route('POST /api/quotas/alter', { body: alterQuotaBody }, async ({ body, client }) => {
    await alterQuota(client, body.entity, body.changes, body.validateOnly)
    return {}
  }),
]

const SOURCES: Readonly<Record<ConfigValueSource, ConfigSource>> = {
  unknown: 'UNKNOWN',
  topic: 'DYNAMIC_TOPIC_CONFIG',
  'dynamic-broker': 'DYNAMIC_BROKER_CONFIG',
  'dynamic-default-broker': 'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'static-broker': 'STATIC_BROKER_CONFIG',
  default: 'DEFAULT_CONFIG',
  'dynamic-broker-logger': 'DYNAMIC_BROKER_LOGGER_CONFIG',
  'client-metrics': 'DYNAMIC_CLIENT_METRICS_CONFIG',
  group: 'DYNAMIC_GROUP_CONFIG',
}
