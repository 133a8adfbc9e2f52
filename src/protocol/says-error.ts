/** Whether an answer has this error code anywhere. */
export function saysError(answer: unknown, code: number): boolean {
  if (Array.isArray(answer)) return answer.some((inner) => saysError(inner, code))
  if (typeof answer !== 'object' || answer === null || answer instanceof Uint8Array) return false
  return Object.entries(answer).some(([name, inner]) =>
    name === 'errorCode' ? inner === code : typeof inner === 'object' && saysError(inner, code),
  )
}
