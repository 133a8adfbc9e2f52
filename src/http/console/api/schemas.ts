import type { Page, PageQuery } from './common.ts'

export type SchemaType = 'AVRO' | 'JSON' | 'PROTOBUF'
export type CompatibilityLevel =
  | 'NONE'
  | 'BACKWARD'
  | 'BACKWARD_TRANSITIVE'
  | 'FORWARD'
  | 'FORWARD_TRANSITIVE'
  | 'FULL'
  | 'FULL_TRANSITIVE'

export interface SubjectsQuery extends PageQuery {
  /** Those that were deleted softly, too. */
  readonly deleted?: boolean
}

export interface SubjectRow {
  readonly subject: string
  readonly type: SchemaType
  readonly latestVersion: number
  readonly latestId: number
  readonly versions: number
  readonly compatibility: CompatibilityLevel
  readonly deleted: boolean
}

export interface SubjectsAnswer extends Page<SubjectRow> {
  /** What holds where a subject has no level of its own. */
  readonly compatibility: CompatibilityLevel
}

export interface Subject {
  readonly subject: string
  /** Undefined: it has none of its own. */
  readonly compatibility?: CompatibilityLevel
  readonly mode: string
  readonly versions: readonly SchemaVersion[]
}

export interface SubjectMessages {
  /** Of the latest schema, by their full names, as its file declares them; none where it is not Protobuf. */
  readonly messages: readonly string[]
}

export interface SchemaReference {
  readonly name: string
  readonly subject: string
  readonly version: number
}

export interface SchemaVersion {
  readonly version: number
  readonly id: number
  readonly type: SchemaType
  readonly schema: string
  readonly references: readonly SchemaReference[]
  readonly deleted: boolean
}

/** To decode records with: the schema of an id and all that it refers to, the deepest first. */
export interface SchemaById {
  readonly id: number
  readonly type: SchemaType
  readonly schema: string
  readonly references: readonly { readonly name: string; readonly schema: string }[]
}

export interface SchemaBody {
  readonly subject: string
  readonly type: SchemaType
  readonly schema: string
  readonly references?: readonly SchemaReference[]
  readonly normalize?: boolean
}

export interface RegisteredAnswer {
  readonly id: number
  readonly version?: number
}

export interface CompatibleAnswer {
  readonly compatible: boolean
  readonly messages: readonly string[]
}

export interface SetCompatibilityBody {
  /** Not given: the level of all that have none of their own. */
  readonly subject?: string
  /** null: none of its own any more. */
  readonly level: CompatibilityLevel | null
}

export interface DeleteSchemaBody {
  readonly subject: string
  /** Not given: all. */
  readonly version?: number
  /** For good: it must have been deleted softly before. */
  readonly permanent?: boolean
}
