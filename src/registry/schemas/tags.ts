import { isObject, type JsonTree } from './json-tree.ts'
import { InvalidSchema } from './schema-type.ts'

/** What of a schema may have tags: a record (message, object) or one of its fields. */
export const ENTITY_TYPES = ['sr_record', 'sr_field'] as const
export type EntityType = (typeof ENTITY_TYPES)[number]

export interface SchemaEntity {
  /** Names with dots between them. */
  readonly entityPath: string
  readonly entityType: EntityType
}

/** Tags that stand in the schema's own text, as requests and answers say them. */
export interface SchemaTags {
  readonly schemaEntity: SchemaEntity
  readonly tags: readonly string[]
}

export interface TagChange {
  readonly add: readonly SchemaTags[]
  readonly remove: readonly SchemaTags[]
}

/** In Avro and JSON Schema. */
export const TAGS = 'confluent:tags'

export interface EntityChange extends SchemaEntity {
  readonly change: (tags: readonly string[]) => string[]
}

/** What becomes of each entity's tags: some are added, then some are taken away. */
export function entityChanges({ add, remove }: TagChange): EntityChange[] {
  const added = byEntity(add)
  const removed = byEntity(remove)
  return [...new Map([...added, ...removed]).entries()].map(([key, { schemaEntity }]) => ({
    ...schemaEntity,
    change: (tags) => {
      const without = new Set(removed.get(key)?.tags)
      return [...new Set([...tags, ...(added.get(key)?.tags ?? [])])].filter((tag) => !without.has(tag))
    },
  }))
}

function byEntity(list: readonly SchemaTags[]): Map<string, SchemaTags> {
  const known = new Map<string, SchemaTags>()
  for (const { schemaEntity, tags } of list) {
    const key = `${schemaEntity.entityType} ${schemaEntity.entityPath.replace(/^\./, '')}`
    known.set(key, { schemaEntity, tags: [...(known.get(key)?.tags ?? []), ...tags] })
  }
  return known
}

export function noSuchEntity({ entityPath }: SchemaEntity): InvalidSchema {
  return new InvalidSchema(`No matching path '${entityPath}' found in the schema`)
}

export function tagsIn(tree: JsonTree | undefined): string[] {
  return Array.isArray(tree) ? [...new Set(tree.filter((tag) => typeof tag === 'string'))] : []
}

/** Changes the tags of what `find` finds, in place. @throws InvalidSchema */
export function changeTags(
  tree: JsonTree,
  change: TagChange,
  find: (tree: JsonTree, entity: SchemaEntity) => JsonTree | undefined,
): JsonTree {
  for (const entity of entityChanges(change)) {
    const found = find(tree, entity)
    if (!isObject(found)) throw noSuchEntity(entity)
    const tags = entity.change(tagsIn(found.get(TAGS)))
    if (tags.length === 0) found.delete(TAGS)
    else found.set(TAGS, tags)
  }
  return tree
}
