import type { FieldType, Message, NamedField } from '../protocol/schema.ts'

type Value = Readonly<Record<string, unknown>>
type Count = (code: number) => void
type Walk = (value: Value, count: Count) => void

const ERROR_FIELD = 'errorCode'

/** Finds every error code of a response, at any depth: one for each partition, topic or group. */
export function errorWalkOf(response: Message<unknown, unknown>): Walk {
  return walkOf(response.fields) ?? (() => {})
}

function walkOf(fields: readonly NamedField[]): Walk | undefined {
  const steps = fields.flatMap(({ name, type }): Walk[] => {
    if (name === ERROR_FIELD) return [(value, count) => count(Number(value[ERROR_FIELD] ?? 0))]
    const inner = innerWalk(type)
    return inner === undefined ? [] : [(value, count) => each(value[name], inner, count)]
  })
  const [first, ...rest] = steps
  if (first === undefined) return undefined
  if (rest.length === 0) return first
  return (value, count) => {
    for (const step of steps) step(value, count)
  }
}

function innerWalk(type: FieldType): Walk | undefined {
  if (type.kind === 'array') return innerWalk(type.element)
  return type.kind === 'struct' ? walkOf(type.fields) : undefined
}

function each(value: unknown, walk: Walk, count: Count): void {
  if (Array.isArray(value)) for (const one of value) walk(one as Value, count)
  else if (typeof value === 'object' && value !== null) walk(value as Value, count)
}
