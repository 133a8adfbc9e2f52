import { KafkaError } from '../../src/base/errors.ts'

/** The error that something is refused with. */
export function refusal(run: () => unknown): string {
  try {
    run()
    return 'NONE'
  } catch (error) {
    if (error instanceof KafkaError) return error.error
    throw error
  }
}
