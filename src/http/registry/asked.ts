import type { z } from 'zod'
import type { DeletedFilter } from '../../registry/entities.ts'
import { RegistryError } from '../../registry/errors.ts'
import type { Caller, Registry } from '../../registry/registry.ts'

const MAX_INT = 0x7fffffff

/** One request, decoded. */
export interface Asked {
  readonly registry: Registry
  readonly caller: Caller
  readonly query: Query
  /** A part of the path. */
  part(name: string): string
  /** @throws RegistryError 400, 422 */
  body<T extends z.ZodType>(shape: T): z.output<T>
}

/** There is nothing under such an address. */
export const notFound = (): RegistryError => new RegistryError(404, 'HTTP 404 Not Found')

export class Query {
  readonly #values: URLSearchParams

  constructor(values: URLSearchParams) {
    this.#values = values
  }

  text(name: string): string | undefined {
    return this.#values.get(name) ?? undefined
  }

  all(name: string): string[] {
    return this.#values.getAll(name)
  }

  flag(name: string): boolean {
    return this.text(name)?.toLowerCase() === 'true'
  }

  number(name: string, otherwise: number): number {
    const text = this.text(name)
    return text === undefined ? otherwise : wholeNumber(text)
  }

  get deleted(): DeletedFilter {
    return this.flag('deletedOnly') ? 'deleted' : this.flag('deleted') ? 'all' : 'live'
  }

  /** A page of a list: `offset` and `limit`. */
  page<T>(list: readonly T[], most = MAX_INT): T[] {
    const offset = this.number('offset', 0)
    const limit = this.number('limit', -1)
    if (offset < 0) throw notFound()
    return list.slice(offset, offset + (limit > 0 && limit <= most ? limit : most))
  }
}

/** As Confluent's: what is no number is no address. */
export function wholeNumber(text: string): number {
  const number = /^[+-]?\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(number) || Math.abs(number) > MAX_INT) throw notFound()
  return number
}

/** @throws RegistryError 400, 422 */
export function readBody<T extends z.ZodType>(bytes: Buffer, shape: T): z.output<T> {
  if (bytes.length === 0) throw new RegistryError(422, 'The request must not be null')
  const read = shape.safeParse(parsed(bytes))
  if (read.success) return read.data
  const [issue] = read.error.issues
  if (issue?.code === 'unrecognized_keys') throw new RegistryError(422, `Unrecognized field: ${issue.keys[0] ?? ''}`)
  const where = issue?.path.join('.') ?? ''
  throw new RegistryError(
    400,
    `Can not read ${where === '' ? 'the request' : where}: ${issue?.message ?? 'it is wrong'}`,
  )
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

function parsed(bytes: Buffer): unknown {
  let value: unknown
  try {
    value = JSON.parse(UTF8.decode(bytes))
  } catch (error) {
    throw new RegistryError(400, `The request is no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (value === null) throw new RegistryError(422, 'The request must not be null')
  return value
}
