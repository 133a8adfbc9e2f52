import { ERROR_TABLE } from './error-table.ts'

/** Bytes that cannot be a message: the connection they came on is closed. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}

export type ErrorName = keyof typeof ERROR_TABLE

/** Kafka's error codes by name. */
export const ErrorCode: { readonly [N in ErrorName]: number } = Object.freeze(
  Object.fromEntries(Object.entries(ERROR_TABLE).map(([name, row]) => [name, row.code])),
) as { readonly [N in ErrorName]: number }

const namesByCode = new Map<number, ErrorName>(
  Object.entries(ERROR_TABLE).map(([name, row]) => [row.code, name as ErrorName]),
)

export function errorName(code: number): ErrorName {
  return namesByCode.get(code) ?? 'UNKNOWN_SERVER_ERROR'
}

export function errorNamed(code: number): ErrorName | undefined {
  return namesByCode.get(code)
}

/** A request, or a part of one, that is answered with one of Kafka's error codes. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError'
  readonly error: ErrorName
  /** What goes into an answer's errorMessage field; null: the client shows its own sentence for the code. */
  readonly detail: string | null

  constructor(error: ErrorName, message?: string) {
    super(message ?? error)
    this.error = error
    this.detail = message ?? null
  }

  get code(): number {
    return ERROR_TABLE[this.error].code
  }
}
