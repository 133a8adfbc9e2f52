import { z } from 'zod'
import { COMPATIBILITY_LEVELS, COMPATIBILITY_POLICIES, MODES, RULE_KINDS, RULE_MODES } from './entities.ts'
import { sorted } from './rules.ts'
import { SCHEMA_TYPES } from './schemas/schema-type.ts'
import { ENTITY_TYPES } from './schemas/tags.ts'

/**
 * JSON as it comes from clients and stands in the topic. Members that nobody knows are left out, those that are null or empty
 * too, and names are sorted: so the same things have the same GUID.
 */

type Filled<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

function filled<T extends object>(value: T): Filled<T> {
  const isFilled = (entry: unknown): boolean =>
    entry !== undefined && entry !== null && entry !== '' && !(typeof entry === 'object' && isEmpty(entry))
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => isFilled(entry))) as Filled<T>
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined)
const texts = z
  .array(z.string())
  .nullish()
  .transform((list) => (list && list.length > 0 ? [...new Set(list)].sort() : undefined))
const textMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((map) => (map ? sorted(map) : undefined))

export const MetadataShape = z
  .object({
    tags: z
      .record(z.string(), z.array(z.string()))
      .nullish()
      .transform((map) =>
        map
          ? sorted(Object.fromEntries(Object.entries(map).map(([name, list]) => [name, [...new Set(list)].sort()])))
          : undefined,
      ),
    properties: textMap,
    sensitive: texts,
  })
  .transform(filled)

const RuleShape = z
  .object({
    name: text,
    doc: text,
    kind: z
      .enum(RULE_KINDS)
      .nullish()
      .transform((value) => value ?? undefined),
    mode: z
      .enum(RULE_MODES)
      .nullish()
      .transform((value) => value ?? undefined),
    type: text,
    tags: texts,
    params: textMap,
    expr: text,
    onSuccess: text,
    onFailure: text,
    disabled: z
      .boolean()
      .nullish()
      .transform((value) => value ?? false),
  })
  .transform(({ name, ...rule }) => ({ ...(name !== undefined && { name }), ...filled(rule) }))

const rules = z
  .array(RuleShape)
  .nullish()
  .transform((value) => value ?? undefined)

export const RuleSetShape = z
  .object({ migrationRules: rules, domainRules: rules, encodingRules: rules, enableAt: text })
  .transform(filled)

export const ReferenceShape = z.object({ name: z.string(), subject: z.string(), version: z.int() })

const schemaType = z
  .enum(SCHEMA_TYPES)
  .nullish()
  .transform((value) => value ?? 'AVRO')

const references = z
  .array(ReferenceShape)
  .nullish()
  .transform((value) => value ?? [])

const metadata = MetadataShape.nullish().transform((value) => value ?? undefined)
const ruleSet = RuleSetShape.nullish().transform((value) => value ?? undefined)

/** The value of a version in the topic. */
export const SchemaValueShape = z.object({
  subject: z.string(),
  version: z.int().min(1),
  id: z.int().min(0),
  md5: text,
  schemaType,
  references,
  metadata,
  ruleSet,
  schema: z.string(),
  deleted: z
    .boolean()
    .nullish()
    .transform((value) => value ?? false),
})

/** The answer to a registration. */
export const RegisteredShape = z.object({
  id: z.int(),
  version: z.int(),
  guid: z.string(),
  schemaType,
  references,
  metadata,
  ruleSet,
  schema: z.string(),
})

const schemaTags = z
  .array(
    z.object({
      schemaEntity: z.object({ entityPath: z.string(), entityType: z.enum(ENTITY_TYPES) }),
      tags: z.array(z.string()),
    }),
  )
  .nullish()
  .transform((value) => value ?? [])

/** The body of a change of tags. */
export const TagRequestShape = z.object({
  newVersion: z
    .int()
    .nullish()
    .transform((value) => value ?? 0),
  tagsToAdd: schemaTags,
  tagsToRemove: schemaTags,
  metadata,
  ruleSet,
  rulesToMerge: ruleSet,
  rulesToRemove: z
    .array(z.string())
    .nullish()
    .transform((value) => value ?? undefined),
})

/** The body of a registration, a look-up, a compatibility check. */
export const SchemaRequestShape = z.object({
  schema: text,
  // A name that nobody knows is an invalid schema rather than a bad request.
  schemaType: z
    .string()
    .nullish()
    .transform((value) => value || 'AVRO'),
  references,
  metadata,
  ruleSet,
  version: z
    .int()
    .nullish()
    .transform((value) => value ?? 0),
  id: z
    .int()
    .max(0x7fffffff)
    .nullish()
    .transform((value) => value ?? -1),
  schemaTagsToAdd: schemaTags,
  schemaTagsToRemove: schemaTags,
  propagateSchemaTags: z
    .boolean()
    .nullish()
    .transform((value) => value ?? false),
})

const upper = (value: unknown): unknown => (typeof value === 'string' ? value.toUpperCase() : value)

/** Everything but the level, whose name differs between what is stored and what is asked for. */
const SETTINGS = {
  alias: z.string().nullable(),
  aliasForDeks: z.string().nullable(),
  normalize: z.boolean().nullable(),
  validateFields: z.boolean().nullable(),
  validateNewSchemas: z.boolean().nullable(),
  validateRules: z.boolean().nullable(),
  compatibilityPolicy: z.preprocess(upper, z.enum(COMPATIBILITY_POLICIES).nullable()),
  compatibilityGroup: z.string().nullable(),
  defaultMetadata: MetadataShape.nullable(),
  overrideMetadata: MetadataShape.nullable(),
  defaultRuleSet: RuleSetShape.nullable(),
  overrideRuleSet: RuleSetShape.nullable(),
}

/** The body of a change of settings. The level is looked at by itself: a wrong one has an error of its own. */
export const ConfigRequestShape = z
  .strictObject({ ...SETTINGS, compatibility: z.string().nullable(), compatibilityLevel: z.string().nullable() })
  .partial()

export const ConfigValueShape = z
  .object({ ...SETTINGS, compatibilityLevel: z.preprocess(upper, z.enum(COMPATIBILITY_LEVELS).nullable()) })
  .partial()
  .transform(filled)

export const ModeValueShape = z.object({ mode: z.preprocess(upper, z.enum(MODES)) })

const subject = z.string()
const inSubject = subject.nullish().transform((value) => value ?? undefined)

/** The keys of the topic. */
export const KeyShape = z.discriminatedUnion('keytype', [
  z.object({ keytype: z.literal('SCHEMA'), subject, version: z.int().min(1) }),
  z.object({ keytype: z.literal('CONFIG'), subject: inSubject }),
  z.object({ keytype: z.literal('MODE'), subject: inSubject }),
  z.object({ keytype: z.literal('DELETE_SUBJECT'), subject }),
  z.object({ keytype: z.literal('CLEAR_SUBJECT'), subject: inSubject }),
  z.object({ keytype: z.literal('CONTEXT'), tenant: z.string().optional(), context: z.string() }),
  z.object({ keytype: z.literal('NOOP') }),
])

export const DeleteSubjectShape = z.object({ subject, version: z.int() })
