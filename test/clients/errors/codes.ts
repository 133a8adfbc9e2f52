import { type ErrorName, errorNamed } from '../../../src/base/errors.ts'

/** The errors in whatever a decoder made of an answer. */
export function codesIn(reply: unknown): ErrorName[] {
  if (reply === null || typeof reply !== 'object' || Buffer.isBuffer(reply)) return []
  return Object.entries(reply).flatMap(([field, value]) => {
    if (!/errorCode$/i.test(field) || typeof value !== 'number') return codesIn(value)
    const error = value === 0 ? undefined : errorNamed(value)
    return error === undefined ? [] : [error]
  })
}
