import { KafkaError } from '../base/errors.ts'
import type { MetadataNode } from '../runtime/metadata-node.ts'

/** Where decisions about the cluster are made. */
export type ControllerPort = Pick<MetadataNode, 'submit'>

/** Kafka's controller drops what has no time left before it looks at it: nothing of the request is done. */
export function needsTime(timeoutMs: number): void {
  if (timeoutMs <= 0) throw new KafkaError('REQUEST_TIMED_OUT')
}

/** Of these names, those that are there once; of the others it is said that they are there twice, and no more. */
export function namedOnce(items: readonly { readonly name: string }[]): string[] {
  const times = Map.groupBy(items, ({ name }) => name)
  return [...times].filter(([, { length }]) => length === 1).map(([name]) => name)
}

/** The answer that a request gets which the controller refused as a whole. */
export async function orRefusal<R>(work: Promise<R>, refused: (error: KafkaError) => R): Promise<R> {
  try {
    return await work
  } catch (error) {
    if (error instanceof KafkaError) return refused(error)
    throw error
  }
}
