import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { KafkaClient } from '../../client/client.ts'
import type { Route, Routes } from './api.ts'
import type { ConsoleNode } from './node.ts'
import type { Visitor } from './visitors.ts'

type Described<K extends Route, Part extends string> = Routes[K] extends { readonly [P in Part]: infer T }
  ? T
  : undefined
export type QueryOf<K extends Route> = Described<K, 'query'>
export type BodyOf<K extends Route> = Described<K, 'body'>
export type AnswerOf<K extends Route> = Routes[K] extends { readonly stream: unknown }
  ? Streamed
  : Described<K, 'answer'> | Download

/** Lines that are written as they come. */
export class Streamed {
  readonly lines: Readable

  constructor(lines: Readable) {
    this.lines = lines
  }
}

/** Bytes to be saved as a file. */
export class Download {
  readonly bytes: Buffer
  readonly name: string

  constructor(bytes: Buffer, name: string) {
    this.bytes = bytes
    this.name = name
  }
}

export interface Asked<K extends Route> {
  readonly query: QueryOf<K>
  readonly body: BodyOf<K>
  /** Of the path; empty where it has none. */
  readonly topic: string
  readonly visitor: Visitor
  readonly client: KafkaClient
  readonly node: ConsoleNode
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

type SchemaFor<T> = T extends undefined ? undefined : z.ZodType<T>

export interface RouteDefinition {
  readonly name: Route
  readonly query: z.ZodType | undefined
  readonly body: z.ZodType | undefined
  readonly maxBodyBytes: number | undefined
  readonly answer: (asked: never) => Promise<unknown>
}

interface Schemas<K extends Route> {
  readonly query: SchemaFor<QueryOf<K>>
  readonly body: SchemaFor<BodyOf<K>>
}

type Given<S> = { readonly [P in keyof S as S[P] extends undefined ? never : P]: S[P] }

export function route<K extends Route>(
  name: K,
  schemas: Given<Schemas<K>> & { readonly maxBodyBytes?: number },
  answer: (asked: Asked<K>) => Promise<AnswerOf<K>>,
): RouteDefinition {
  const { query, body, maxBodyBytes } = schemas as { query?: z.ZodType; body?: z.ZodType; maxBodyBytes?: number }
  return { name, query, body, maxBodyBytes, answer: answer as RouteDefinition['answer'] }
}

const MOST_NAME_CHARS = 1_000
const MOST_PARTITION = 1_000_000

/** A whole number in a query. */
export function whole(min: number, max: number) {
  return z
    .string()
    .regex(/^-?\d{1,16}$/, 'a whole number is expected')
    .transform(Number)
    .pipe(z.number().min(min).max(max))
}

export const flag = z.enum(['true', 'false']).transform((text) => text === 'true')
/** Anything that people call things. */
export const name = z.string().min(1).max(MOST_NAME_CHARS)
export const maybeEmptyName = z.string().max(32_767)
export const topicName = z.string().min(1).max(249)
export const partitionNumber = z.number().int().min(0).max(MOST_PARTITION)
export const offsetNumber = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
export const time = whole(0, 8.64e15)
export const empty = z.strictObject({})
export const topicPartition = z.strictObject({ topic: topicName, partition: partitionNumber })

export const page = {
  search: z.string().max(MOST_NAME_CHARS).optional(),
  offset: whole(0, 10_000_000).optional(),
  limit: whole(1, 1_000).optional(),
  order: z.enum(['ascending', 'descending']).optional(),
}

/** `0,3,7` */
export const partitionList = z
  .string()
  .max(100_000)
  .regex(/^\d{1,7}(?:,\d{1,7})*$/, 'numbers separated by commas are expected')
