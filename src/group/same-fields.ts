/** The two have the same in each of these fields. */
export function sameFields<T>(a: T, b: T, fields: readonly (keyof T)[]): boolean {
  return fields.every((field) => a[field] === b[field])
}
