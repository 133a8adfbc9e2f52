/** What SCRAM mechanisms are called in records and requests. */
export const ScramType = { SCRAM_SHA_256: 1, SCRAM_SHA_512: 2 } as const

/** Of both mechanisms: fewer are too easily guessed, more would make each login too dear. */
export const MIN_SCRAM_ITERATIONS = 4096
export const MAX_SCRAM_ITERATIONS = 16_384

export function isScramType(type: number): boolean {
  return Object.values(ScramType).some((known) => known === type)
}
