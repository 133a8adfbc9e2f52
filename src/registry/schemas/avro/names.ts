import { InvalidSchema } from '../schema-type.ts'
import type { AvroName } from './types.ts'

const START = /^[A-Za-z_]/
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

export type NameCheck = (name: string) => string

/** What is stored already may have been let pass by an older registry. */
export const anyName: NameCheck = (name) => name

export function checkName(name: string): string {
  if (name === '') throw new InvalidSchema('Empty name')
  if (!START.test(name)) throw new InvalidSchema(`Illegal initial character: ${name}`)
  if (!NAME.test(name)) throw new InvalidSchema(`Illegal character in: ${name}`)
  return name
}

/** A name with dots brings its namespace along; one without is in `space`. */
export function avroName(name: string, space: string | undefined, check: NameCheck): AvroName {
  const dot = name.lastIndexOf('.')
  const simple = check(name.slice(dot + 1))
  const own = (dot < 0 ? space : name.slice(0, dot)) || undefined
  return { simple, space: own, full: own === undefined ? simple : `${own}.${simple}` }
}

export function checkFullName(full: string, check: NameCheck): void {
  for (const part of full.split('.')) check(part)
}
