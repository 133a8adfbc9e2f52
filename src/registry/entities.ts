import type { SchemaReference, SchemaType } from './schemas/schema-type.ts'
import type { SchemaTags } from './schemas/tags.ts'

/** What is known of a schema besides its text; keys and members are sorted. */
export interface Metadata {
  readonly tags?: Readonly<Record<string, readonly string[]>>
  readonly properties?: Readonly<Record<string, string>>
  readonly sensitive?: readonly string[]
}

export const RULE_KINDS = ['TRANSFORM', 'CONDITION'] as const
export const RULE_MODES = ['UPGRADE', 'DOWNGRADE', 'UPDOWN', 'WRITE', 'READ', 'WRITEREAD'] as const

/** What a serialiser does with data. The registry stores rules and never runs them. */
export interface Rule {
  readonly name?: string
  readonly doc?: string
  readonly kind?: (typeof RULE_KINDS)[number]
  readonly mode?: (typeof RULE_MODES)[number]
  readonly type?: string
  readonly tags?: readonly string[]
  readonly params?: Readonly<Record<string, string>>
  readonly expr?: string
  readonly onSuccess?: string
  readonly onFailure?: string
  readonly disabled: boolean
}

export interface RuleSet {
  readonly migrationRules?: readonly Rule[]
  readonly domainRules?: readonly Rule[]
  readonly encodingRules?: readonly Rule[]
  readonly enableAt?: string
}

/** What makes two schemas the same one. */
export interface SchemaContent {
  readonly schemaType: SchemaType
  readonly schema: string
  readonly references: readonly SchemaReference[]
  readonly metadata?: Metadata | undefined
  readonly ruleSet?: RuleSet | undefined
}

/** A version of a subject, as the topic has it. */
export interface StoredSchema extends SchemaContent {
  readonly subject: string
  readonly version: number
  readonly id: number
  readonly guid: string
  readonly deleted: boolean
  /** When its record was written. */
  readonly timestamp: number
}

export const COMPATIBILITY_LEVELS = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const
export type CompatibilityLevel = (typeof COMPATIBILITY_LEVELS)[number]

export const COMPATIBILITY_POLICIES = ['STRICT', 'LENIENT'] as const

export const MODES = ['READWRITE', 'READONLY', 'READONLY_OVERRIDE', 'IMPORT', 'FORWARD'] as const
export type Mode = (typeof MODES)[number]

/** The settings of a subject, of a context (`:.name:`), or of everything. */
export interface Config {
  readonly alias?: string
  readonly aliasForDeks?: string
  readonly normalize?: boolean
  readonly validateFields?: boolean
  readonly validateNewSchemas?: boolean
  readonly validateRules?: boolean
  readonly compatibilityLevel?: CompatibilityLevel
  readonly compatibilityPolicy?: (typeof COMPATIBILITY_POLICIES)[number]
  readonly compatibilityGroup?: string
  readonly defaultMetadata?: Metadata
  readonly overrideMetadata?: Metadata
  readonly defaultRuleSet?: RuleSet
  readonly overrideRuleSet?: RuleSet
}

/** Left out: it stays as it is; null: it is taken away. */
export type ConfigChange = { readonly [K in keyof Config]: Config[K] | null }

/** A schema that somebody wants to register, look up or try. */
export interface SchemaRequest {
  /** Undefined or blank: that of the newest version. */
  readonly schema?: string | undefined
  readonly schemaType: SchemaType
  readonly references: readonly SchemaReference[]
  readonly metadata?: Metadata | undefined
  readonly ruleSet?: RuleSet | undefined
  /** 0: whichever is next; -1: the newest one. */
  readonly version: number
  /** Negative: the registry gives one. */
  readonly id: number
  /** Tags that the text gets, or loses, before it is registered. */
  readonly schemaTagsToAdd?: readonly SchemaTags[] | undefined
  readonly schemaTagsToRemove?: readonly SchemaTags[] | undefined
  /** Whether the text takes the tags of the newest version over. */
  readonly propagateSchemaTags?: boolean | undefined
}

/** A new version that is an old one with other tags, metadata or rules. */
export interface TagRequest {
  /** 0: whichever is next. */
  readonly newVersion: number
  readonly tagsToAdd: readonly SchemaTags[]
  readonly tagsToRemove: readonly SchemaTags[]
  readonly metadata?: Metadata | undefined
  readonly ruleSet?: RuleSet | undefined
  /** Instead of `ruleSet`: what becomes of the rules of the version before the new one. */
  readonly rulesToMerge?: RuleSet | undefined
  readonly rulesToRemove?: readonly string[] | undefined
}

export type DeletedFilter = 'live' | 'all' | 'deleted'

export interface SubjectVersion {
  readonly subject: string
  readonly version: number
}
