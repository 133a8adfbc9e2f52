import { z } from 'zod'
import type { KafkaClient } from '../../../client/client.ts'
import { COMPATIBILITY_LEVELS } from '../../../registry/entities.ts'
import { SCHEMAS_TOPIC } from '../../../registry/records.ts'
import type { SchemaById, SchemaReference, SubjectRow } from '../api.ts'
import { HttpError } from '../errors.ts'
import type { ConsoleNode } from '../node.ts'
import { pageOf } from '../paging.ts'
import type { ConsoleRegistry } from '../registry-view.ts'
import { flag, name, page, type RouteDefinition, route, whole } from '../route.ts'
import { topicOperations } from './topics.ts'

const MOST_SCHEMA_CHARS = 5_000_000
const MOST_BODY_BYTES = 8 * 1024 * 1024
const MOST_REFERENCES = 1_000

const schemaBody = z.strictObject({
  subject: name,
  type: z.enum(['AVRO', 'JSON', 'PROTOBUF']),
  schema: z.string().min(1).max(MOST_SCHEMA_CHARS),
  references: z
    .array(z.strictObject({ name, subject: name, version: z.number().int().min(1) }))
    .max(MOST_REFERENCES)
    .optional(),
  normalize: z.boolean().optional(),
})

export const schemaRoutes: readonly RouteDefinition[] = [
  route(
    'GET /api/subjects',
    { query: z.strictObject({ ...page, deleted: flag.optional() }) },
    async ({ query, client, node }) => {
      const registry = await registryFor('READ', client, node)
      const schemas = await registry.schemas(':*:', query.deleted ? 'all' : 'live', false)
      const bySubject = new Map<string, typeof schemas>()
      for (const schema of schemas) bySubject.set(schema.subject, [...(bySubject.get(schema.subject) ?? []), schema])
      const textOf = ([subject]: readonly [string, unknown]) => subject
      const found = pageOf([...bySubject], { query, textOf, keyOf: textOf })
      const rows = await Promise.all(
        found.rows.map(async ([subject, versions]): Promise<SubjectRow> => {
          const latest = versions.findLast(({ deleted }) => !deleted) ?? versions.at(-1)
          const { compatibilityLevel = 'BACKWARD' } = await registry.config(subject, true)
          return {
            subject,
            type: latest?.schemaType ?? 'AVRO',
            latestVersion: latest?.version ?? 0,
            latestId: latest?.id ?? 0,
            versions: versions.length,
            compatibility: compatibilityLevel,
            deleted: versions.every(({ deleted }) => deleted),
          }
        }),
      )
      const { compatibilityLevel = 'BACKWARD' } = await registry.config(undefined, true)
      return { ...found, rows, compatibility: compatibilityLevel }
    },
  ),

  route(
    'GET /api/subject',
    { query: z.strictObject({ subject: name, deleted: flag.optional() }) },
    async ({ query: { subject, deleted }, client, node }) => {
      const registry = await registryFor('READ', client, node)
      const versions = await registry.versions(subject, deleted ? 'all' : 'live')
      const own = await orUndefined(registry.config(subject, false))
      return {
        subject,
        ...(own?.compatibilityLevel && { compatibility: own.compatibilityLevel }),
        mode: await registry.mode(subject, true),
        versions: versions.map(({ version, id, schemaType: type, schema, references, deleted: gone }) => {
          return { version, id, type, schema, references, deleted: gone }
        }),
      }
    },
  ),

  route('GET /api/subject/messages', { query: z.strictObject({ subject: name }) }, async ({ query, client, node }) => {
    const registry = await registryFor('READ', client, node)
    // It is asked while somebody is typing: most of what is asked for is no subject yet.
    return { messages: (await orUndefined(registry.messages(query.subject))) ?? [] }
  }),

  route(
    'GET /api/schema',
    { query: z.strictObject({ id: whole(0, 2 ** 31 - 1) }) },
    async ({ query, client, node }) => {
      const registry = await registryFor('READ', client, node)
      const { id, schemaType: type, schema, references } = await registry.byId(query.id)
      const resolved: SchemaById['references'][number][] = []
      await resolve(registry, references, resolved, new Set())
      return { id, type, schema, references: resolved }
    },
  ),

  route(
    'POST /api/subjects/register',
    { body: schemaBody, maxBodyBytes: MOST_BODY_BYTES },
    async ({ body, client, node }) => {
      const registry = await registryFor('WRITE', client, node)
      const { subject, normalize = false } = body
      const { id, version } = await registry.register(subject, requestOf(body), { normalize, force: false })
      return { id: id ?? -1, ...(version !== undefined && { version }) }
    },
  ),

  route(
    'POST /api/subjects/check',
    { body: schemaBody, maxBodyBytes: MOST_BODY_BYTES },
    async ({ body, client, node }) => {
      const registry = await registryFor('READ', client, node)
      const messages = await registry.problems(body.subject, requestOf(body), { normalize: body.normalize ?? false })
      return { compatible: messages.length === 0, messages }
    },
  ),

  route(
    'POST /api/subjects/compatibility',
    { body: z.strictObject({ subject: name.optional(), level: z.enum(COMPATIBILITY_LEVELS).nullable() }) },
    async ({ body: { subject, level }, client, node }) => {
      const registry = await registryFor('WRITE', client, node)
      if (level === null) await registry.deleteConfig(subject)
      else await registry.setConfig(subject, { compatibilityLevel: level })
      return {}
    },
  ),

  route(
    'POST /api/subjects/delete',
    {
      body: z.strictObject({
        subject: name,
        version: z.number().int().min(1).optional(),
        permanent: z.boolean().optional(),
      }),
    },
    async ({ body: { subject, version, permanent = false }, client, node }) => {
      const registry = await registryFor('WRITE', client, node)
      if (version === undefined) await registry.deleteSubject(subject, permanent)
      else await registry.deleteVersion(subject, version, permanent)
      return {}
    },
  ),
]

export async function registryFor(
  operation: 'READ' | 'WRITE',
  client: KafkaClient,
  node: ConsoleNode,
): Promise<ConsoleRegistry> {
  const registry = await node.registry()
  if (registry === undefined) {
    throw new HttpError(404, 'NOT_HERE', 'This broker has no schema registry: set odradek.schema.registry.listeners.')
  }
  if (!node.hasAuthorizer) return registry
  if ((await topicOperations(client, SCHEMAS_TOPIC)).includes(operation)) return registry
  throw new HttpError(403, 'FORBIDDEN', `Not authorized: schemas need ${operation} on the topic ${SCHEMAS_TOPIC}.`)
}

interface Schema {
  readonly type: 'AVRO' | 'JSON' | 'PROTOBUF'
  readonly schema: string
  readonly references?: readonly SchemaReference[] | undefined
}

function requestOf({ type: schemaType, schema, references = [] }: Schema) {
  return { schemaType, schema, references, version: 0, id: -1 }
}

/** The deepest first, each once. */
async function resolve(
  registry: ConsoleRegistry,
  references: readonly SchemaReference[],
  into: SchemaById['references'][number][],
  seen: Set<string>,
): Promise<void> {
  for (const { name: known, subject, version } of references) {
    if (seen.has(known) || seen.size >= MOST_REFERENCES) continue
    seen.add(known)
    const found = await registry.version(subject, version, { withDeleted: true })
    await resolve(registry, found.references, into, seen)
    into.push({ name: known, schema: found.schema })
  }
}

async function orUndefined<T>(value: Promise<T>): Promise<T | undefined> {
  try {
    return await value
  } catch {
    return undefined
  }
}
