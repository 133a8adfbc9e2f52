import type { z } from 'zod'
import type { Config, Mode, StoredSchema } from './entities.ts'
import { guidOf, guidText } from './hash.ts'
import { ConfigValueShape, DeleteSubjectShape, KeyShape, ModeValueShape, SchemaValueShape } from './shapes.ts'

/** The topic that Confluent's registry keeps everything in. */
export const SCHEMAS_TOPIC = '_schemas'

/** One change of what the registry knows: a record of the topic. Null: what the key names is gone. */
export type Change =
  | { readonly type: 'schema'; readonly subject: string; readonly version: number; readonly value: SchemaValue | null }
  | { readonly type: 'config'; readonly subject: string | undefined; readonly value: Config | null }
  | { readonly type: 'mode'; readonly subject: string | undefined; readonly value: Mode | null }
  /** All versions up to this one are deleted softly. */
  | { readonly type: 'delete-subject'; readonly subject: string; readonly version: number }
  /** Deleted versions of the subject, or of the context, are forgotten. */
  | { readonly type: 'clear-subject'; readonly subject: string | undefined }
  | { readonly type: 'context'; readonly context: string; readonly value: true | null }

/** As the topic has it: the time is the record's own. */
export type SchemaValue = Omit<StoredSchema, 'timestamp'>

/** Of several tenants only the one that there is without tenants. */
const TENANT = 'default'

export interface TopicRecord {
  readonly key: Buffer
  readonly value: Buffer | null
}

/** With Confluent's order of members, because compaction compares bytes. */
export function encodeChange(change: Change): TopicRecord {
  return { key: bytes(keyOf(change)), value: valueBytes(change) }
}

function keyOf(change: Change): object {
  switch (change.type) {
    case 'schema':
      return { keytype: 'SCHEMA', subject: change.subject, version: change.version, magic: 1 }
    case 'config':
      return { keytype: 'CONFIG', subject: change.subject, magic: 0 }
    case 'mode':
      return { keytype: 'MODE', subject: change.subject, magic: 0 }
    case 'delete-subject':
      return { keytype: 'DELETE_SUBJECT', subject: change.subject, magic: 0 }
    case 'clear-subject':
      return { keytype: 'CLEAR_SUBJECT', subject: change.subject, magic: 0 }
    case 'context':
      return { keytype: 'CONTEXT', tenant: TENANT, context: change.context, magic: 0 }
  }
}

function valueBytes(change: Change): Buffer | null {
  switch (change.type) {
    case 'schema':
      return change.value && bytes(schemaJson(change.value))
    case 'config':
      return change.value && bytes({ subject: change.subject, ...change.value })
    case 'mode':
      return change.value && bytes({ subject: change.subject, mode: change.value })
    case 'delete-subject':
      return bytes({ subject: change.subject, version: change.version })
    case 'clear-subject':
      return bytes({ subject: change.subject })
    case 'context':
      return change.value && bytes({ tenant: TENANT, context: change.context })
  }
}

function schemaJson(value: SchemaValue): object {
  const { subject, version, id, schemaType, references, metadata, ruleSet, schema, deleted } = value
  return {
    subject,
    version,
    id,
    schemaType,
    ...(references.length > 0 && { references }),
    metadata,
    ruleSet,
    schema,
    deleted,
  }
}

const bytes = (value: object): Buffer => Buffer.from(JSON.stringify(value))

/** Undefined: it changes nothing here (a no-op, another tenant's, of a kind that is not known). Throws where it makes no sense. */
export function decodeChange({ key, value }: TopicRecord): Change | undefined {
  const name = KeyShape.safeParse(JSON.parse(key.toString('utf8')))
  if (!name.success) return undefined
  return changeOf(name.data, value === null ? null : JSON.parse(value.toString('utf8')))
}

function changeOf(key: z.infer<typeof KeyShape>, value: unknown): Change | undefined {
  switch (key.keytype) {
    case 'SCHEMA': {
      const { subject, version } = key
      return { type: 'schema', subject, version, value: value === null ? null : schemaOf(subject, version, value) }
    }
    case 'CONFIG':
      return {
        type: 'config',
        subject: key.subject,
        value: value === null ? null : (ConfigValueShape.parse(value) as Config),
      }
    case 'MODE':
      return { type: 'mode', subject: key.subject, value: value === null ? null : ModeValueShape.parse(value).mode }
    case 'DELETE_SUBJECT':
      return value === null ? undefined : { type: 'delete-subject', ...DeleteSubjectShape.parse(value) }
    case 'CLEAR_SUBJECT':
      return value === null ? undefined : { type: 'clear-subject', subject: key.subject }
    case 'CONTEXT':
      if ((key.tenant ?? TENANT) !== TENANT) return undefined
      return { type: 'context', context: key.context, value: value === null ? null : true }
    case 'NOOP':
      return undefined
  }
}

function schemaOf(subject: string, version: number, value: unknown): SchemaValue {
  const { md5, ...schema } = SchemaValueShape.parse(value)
  // Where metadata is encrypted the hash is of what it was before.
  const guid = md5 === undefined ? guidOf(schema) : guidText(Buffer.from(md5, 'base64').toString('hex'))
  return { ...schema, subject, version, guid }
}
