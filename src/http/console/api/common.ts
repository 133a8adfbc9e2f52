/** What every answer that is no success looks like; `code` is Kafka's error or one of `OwnErrorCode`. */
export interface ErrorAnswer {
  readonly error: {
    readonly code: string
    /** Plain words. */
    readonly message: string
    /** What to do about it, where that is known. */
    readonly fix?: string
    /** Which fields of a query or body are wrong. */
    readonly fields?: readonly { readonly path: string; readonly message: string }[]
  }
}

/** Errors that Kafka has no name for. */
export type OwnErrorCode =
  | 'BAD_REQUEST'
  | 'LOGIN_REQUIRED'
  | 'LOGIN_FAILED'
  | 'CROSS_SITE'
  | 'FORBIDDEN'
  | 'UNKNOWN_HOST'
  | 'NOT_FOUND'
  | 'TOO_LARGE'
  | 'NOT_JSON'
  | 'TOO_MANY'
  | 'NOT_HERE'
  | 'UNREACHABLE'
  | 'INTERNAL'

/** A part of a list that was searched and sorted as a whole. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  /** Of all that match. */
  readonly total: number
  /** What could not be asked, in plain words: the list is without it. */
  readonly warnings: readonly string[]
}

export interface PageQuery {
  /** A part of the name, in any case. */
  readonly search?: string
  /** 0 is the first. */
  readonly offset?: number
  /** 1 to 1,000; 50 if not given. */
  readonly limit?: number
  readonly order?: 'ascending' | 'descending'
}

/** What becomes of one of several things that were asked for together. */
export interface Outcome {
  readonly name: string
  /** Undefined: it was done. */
  readonly error?: { readonly code: string; readonly message: string }
}

export interface Outcomes {
  readonly outcomes: readonly Outcome[]
}

/** Bytes of a key, value or header. */
export interface Bytes {
  /** Perhaps only the first of them. */
  readonly base64: string
  /** Of all. */
  readonly size: number
  /** There are more than are here. */
  readonly cut: boolean
}

/** Values over time; `null` where nothing was measured. All of a series' points have `everyMs` between them. */
export interface Series {
  readonly fromMs: number
  readonly everyMs: number
  readonly values: readonly (number | null)[]
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export type Empty = Readonly<Record<string, never>>
