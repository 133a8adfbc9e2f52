import { isObject, type JsonTree } from '../json-tree.ts'
import { type EntityType, type SchemaEntity, type SchemaTags, TAGS, tagsIn } from '../tags.ts'
import type { AvroType, RecordType } from './types.ts'

/** The tags of all records and fields, as they come in the schema. */
export function avroTags(root: AvroType): SchemaTags[] {
  const found: SchemaTags[] = []
  const seen = new Set<AvroType>()
  const note = (entityType: EntityType, entityPath: string, tags: string[]): void => {
    if (tags.length > 0) found.push({ schemaEntity: { entityPath, entityType }, tags })
  }
  const record = (type: RecordType): void => {
    note('sr_record', type.name.full, tagsIn(type.props.get(TAGS)))
    for (const field of type.fields) {
      note('sr_field', `${type.name.full}.${field.name}`, tagsIn(field.props.get(TAGS)))
      walk(field.type)
    }
  }
  const walk = (type: AvroType): void => {
    if (type.kind === 'union') for (const branch of type.branches) walk(branch)
    else if (type.kind === 'array') walk(type.items)
    else if (type.kind === 'map') walk(type.values)
    else if (type.kind === 'record' && !seen.has(type)) {
      seen.add(type)
      record(type)
    }
  }
  walk(root)
  return found
}

interface Visit {
  readonly tree: JsonTree
  readonly space: string
}

/** The record or field in a schema's JSON, the one nearest to the root first. A path may leave the namespace out. */
export function findAvroEntity(root: JsonTree, { entityPath, entityType }: SchemaEntity): JsonTree | undefined {
  const names = entityPath.replace(/^\./, '').split('.')
  const field = entityType === 'sr_field' ? names.pop() : undefined
  const simple = names.pop()
  const space = names.join('.')
  const top = isObject(root) ? spaceOf(root, '') : ''
  const open: Visit[] = [{ tree: root, space: top }]
  for (let visit = open.shift(); visit; visit = open.shift()) {
    const { tree } = visit
    if (Array.isArray(tree)) open.push(...tree.map((branch) => ({ tree: branch, space: visit.space })))
    if (!isObject(tree)) continue
    const own = spaceOf(tree, visit.space)
    const fields = tree.get('fields')
    if (tree.get('name') === simple && Array.isArray(fields) && ['', own, top].includes(space)) {
      const found = field === undefined ? tree : fields.find((one) => isObject(one) && one.get('name') === field)
      if (found !== undefined) return found
    }
    const parts = Array.isArray(fields) ? fields : ['items', 'values', 'type'].map((name) => tree.get(name))
    for (const part of parts) if (part !== undefined) open.push({ tree: part, space: own })
  }
  return undefined
}

function spaceOf(tree: ReadonlyMap<string, JsonTree>, around: string): string {
  const space = tree.get('namespace')
  return typeof space === 'string' ? space : around
}
