import { InvalidSchema, type ResolvedReference, type SchemaReference } from './schema-type.ts'

/** As much as one schema may pull in, so that nobody registers a thicket which costs minutes to parse. */
const MAX_REFERENCES = 1000
const MAX_DEPTH = 100
const MAX_TEXT = 16 * 1024 * 1024

/** A stored schema: its text and what it refers to itself. */
export interface ReferencedSchema {
  readonly text: string
  readonly references: readonly SchemaReference[]
}

/**
 * All texts that `references` lead to, each after those that it needs, the first one of a name winning. `find` gives a
 * subject's version (-1: the latest), or undefined where there is none.
 */
export function resolveReferences(
  references: readonly SchemaReference[],
  find: (subject: string, version: number) => ReferencedSchema | undefined,
): ResolvedReference[] {
  const found = new Map<string, string>()
  const underWay = new Set<string>()
  let size = 0
  const visit = (list: readonly SchemaReference[], depth: number): void => {
    if (depth > MAX_DEPTH) throw new InvalidSchema(`References are nested deeper than ${MAX_DEPTH}`)
    for (const reference of list) {
      if (found.has(reference.name) || underWay.has(reference.name)) continue
      const schema = find(reference.subject, reference.version)
      if (!schema) {
        const { name, subject, version } = reference
        throw new InvalidSchema(`No schema reference found for subject "${subject}" and version ${version} (${name})`)
      }
      underWay.add(reference.name)
      visit(schema.references, depth + 1)
      underWay.delete(reference.name)
      found.set(reference.name, schema.text)
      size += schema.text.length
      if (found.size > MAX_REFERENCES) throw new InvalidSchema(`More than ${MAX_REFERENCES} schemas are referred to`)
      if (size > MAX_TEXT) throw new InvalidSchema(`Referenced schemas are larger than ${MAX_TEXT} characters together`)
    }
  }
  visit(references, 0)
  return [...found].map(([name, text]) => ({ name, text }))
}
