import {
  type EntityType,
  entityChanges,
  noSuchEntity,
  type SchemaEntity,
  type SchemaTags,
  type TagChange,
} from '../tags.ts'
import type { OptionValue, ProtoField, ProtoFile, ProtoMessage, ProtoOption } from './ast.ts'
import { folded } from './resolved.ts'

const META: Readonly<Record<EntityType, string>> = {
  sr_record: 'confluent.message_meta',
  sr_field: 'confluent.field_meta',
}
const TAGS = 'tags'

/** The tags of all messages and fields of a file. Paths begin with a message: the package is left out. */
export function protobufTags(file: ProtoFile): SchemaTags[] {
  const found: SchemaTags[] = []
  const note = (entityType: EntityType, entityPath: string, options: readonly ProtoOption[]): void => {
    const tags = tagsOf(options, META[entityType])
    if (tags.length > 0) found.push({ schemaEntity: { entityPath, entityType }, tags })
  }
  const walk = (message: ProtoMessage, scope: string): void => {
    const path = `${scope}${message.name}`
    note('sr_record', path, message.options)
    const inOneofs = message.oneofs.flatMap(({ fields }) => fields)
    for (const field of [...inOneofs, ...message.fields]) note('sr_field', `${path}.${field.name}`, field.options)
    for (const nested of message.messages) walk(nested, `${path}.`)
  }
  for (const message of file.messages) walk(message, '')
  return found
}

/** @throws InvalidSchema */
export function withProtobufTags(file: ProtoFile, change: TagChange): ProtoFile {
  let changed = file
  for (const { change: of, ...entity } of entityChanges(change)) {
    const path = entity.entityPath.replace(/^\./, '').split('.')
    const field = entity.entityType === 'sr_field' ? path.pop() : undefined
    const messages = inMessage(changed.messages, path, entity, (message, rest) => {
      if (field !== undefined) return withField(message, rest, field, entity, (one) => retagged(one, entity, of))
      return rest.length === 0 ? retagged(message, entity, of) : undefined
    })
    changed = { ...changed, messages }
  }
  return changed
}

/** Changes the message that a path leads to; what is left of it may name a oneof. */
function inMessage(
  messages: readonly ProtoMessage[],
  [name, ...rest]: readonly string[],
  entity: SchemaEntity,
  change: (message: ProtoMessage, rest: readonly string[]) => ProtoMessage | undefined,
): ProtoMessage[] {
  const at = messages.findIndex((message) => message.name === name)
  const message = messages[at]
  if (message === undefined) throw noSuchEntity(entity)
  const isNested = message.messages.some((nested) => nested.name === rest[0])
  const changed = isNested
    ? { ...message, messages: inMessage(message.messages, rest, entity, change) }
    : change(message, rest)
  if (changed === undefined) throw noSuchEntity(entity)
  return messages.with(at, changed)
}

function withField(
  message: ProtoMessage,
  oneof: readonly string[],
  name: string,
  entity: SchemaEntity,
  change: (field: ProtoField) => ProtoField,
): ProtoMessage | undefined {
  if (oneof.length > 1) return undefined
  const inList = (fields: readonly ProtoField[]): readonly ProtoField[] | undefined => {
    const at = fields.findIndex((field) => field.name === name)
    const field = fields[at]
    return field && fields.with(at, change(field))
  }
  const fields = oneof.length === 0 ? inList(message.fields) : undefined
  if (fields) return { ...message, fields }
  for (const [at, one] of message.oneofs.entries()) {
    const own = oneof.length === 0 || one.name === oneof[0] ? inList(one.fields) : undefined
    if (own) return { ...message, oneofs: message.oneofs.with(at, { ...one, fields: own }) }
  }
  throw noSuchEntity(entity)
}

/** All that an element says of its meta becomes one option. */
function retagged<T extends { readonly options: readonly ProtoOption[] }>(
  element: T,
  { entityType }: SchemaEntity,
  change: (tags: readonly string[]) => string[],
): T {
  const name = META[entityType]
  const tags = change(tagsOf(element.options, name))
  const isMeta = (option: ProtoOption): boolean => isNamed(option, name)
  const [meta] = folded([
    ...element.options.filter(isMeta),
    {
      name: [
        { name, extension: true },
        { name: TAGS, extension: false },
      ],
      value: listOf(tags),
    },
  ])
  const known = meta?.value.kind === 'map' ? meta.value.entries.filter(([key]) => key !== TAGS) : []
  const at = meta?.value.kind === 'map' ? meta.value.entries.findIndex(([key]) => key === TAGS) : 0
  const entries = tags.length === 0 ? known : known.toSpliced(at, 0, [TAGS, listOf(tags)])
  const option: ProtoOption = { name: [{ name, extension: true }], value: { kind: 'map', entries } }
  const place = element.options.findIndex(isMeta)
  const others = element.options.filter((one) => !isMeta(one))
  const options = entries.length === 0 ? others : others.toSpliced(place < 0 ? others.length : place, 0, option)
  return { ...element, options }
}

const listOf = (tags: readonly string[]): OptionValue => ({
  kind: 'list',
  items: tags.map((text) => ({ kind: 'string', text })),
})

function isNamed({ name: [first] }: ProtoOption, name: string): boolean {
  return first?.extension === true && first.name.replace(/^\./, '') === name
}

function tagsOf(options: readonly ProtoOption[], name: string): string[] {
  const values = options
    .filter((option) => isNamed(option, name))
    .flatMap(({ name: [, second, ...more], value }) => {
      if (second !== undefined) return second.name === TAGS && more.length === 0 ? [value] : []
      return value.kind === 'map' ? value.entries.flatMap(([key, item]) => (key === TAGS ? [item] : [])) : []
    })
  const items = values.flatMap((value) => (value.kind === 'list' ? value.items : [value]))
  return [...new Set(items.flatMap((item) => (item.kind === 'string' ? [item.text] : [])))]
}
