import type { Outcomes } from '../../http/console/api.ts'
import { ApiError } from '../kit/api.ts'

/** Throws the first of what was not done. */
export function failureOf({ outcomes }: Outcomes): void {
  const failed = outcomes.find(({ error }) => error !== undefined)
  if (failed?.error === undefined) return
  const { code, message } = failed.error
  throw new ApiError(200, { code, message: outcomes.length > 1 ? `${failed.name}: ${message}` : message })
}
