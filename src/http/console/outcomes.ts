import type { KafkaError } from '../../base/errors.ts'
import type { Outcomes } from './api.ts'

/** What became of each thing; undefined: it was done. @throws KafkaError the first error, where nothing was done */
export function outcomes(results: ReadonlyMap<string, KafkaError | undefined>): Outcomes {
  const all = [...results]
  const [first] = all
  if (first?.[1] !== undefined && all.every(([, error]) => error !== undefined)) throw first[1]
  return {
    outcomes: all.map(([name, error]) => ({
      name,
      ...(error && { error: { code: error.error, message: error.detail ?? error.message } }),
    })),
  }
}
