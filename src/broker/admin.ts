import { KafkaError } from '../base/errors.ts'
import type { MetadataNode } from '../runtime/metadata-node.ts'

/** Where decisions about the cluster are made. */
export type ControllerPort = Pick<MetadataNode, 'submit'>

/** The answer that a request gets which the controller refused as a whole. */
export async function orRefusal<R>(work: Promise<R>, refused: (error: KafkaError) => R): Promise<R> {
  try {
    return await work
  } catch (error) {
    if (error instanceof KafkaError) return refused(error)
    throw error
  }
}
