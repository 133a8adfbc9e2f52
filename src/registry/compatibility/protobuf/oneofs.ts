import type { ProtoField, ProtoMessage } from '../../schemas/protobuf/ast.ts'

/** A message by its fields' numbers. Groups are not compared. */
export interface Shape {
  readonly fields: ReadonlyMap<number, ProtoField>
  readonly oneofs: ReadonlyMap<string, readonly number[]>
  /** The oneof that a field belongs to. */
  readonly oneofByNumber: ReadonlyMap<number, string>
}

export function shapeOf(message: ProtoMessage): Shape {
  const fields = new Map<number, ProtoField>()
  const oneofs = new Map<string, number[]>()
  const oneofByNumber = new Map<number, string>()
  const plain = (list: readonly ProtoField[]): readonly ProtoField[] => list.filter(({ type }) => type.kind !== 'group')
  for (const field of plain(message.fields)) fields.set(field.number, field)
  for (const oneof of message.oneofs) {
    const numbers: number[] = []
    for (const field of plain(oneof.fields)) {
      fields.set(field.number, field)
      numbers.push(field.number)
      if (!oneofByNumber.has(field.number)) oneofByNumber.set(field.number, oneof.name)
    }
    oneofs.set(oneof.name, numbers)
  }
  return { fields, oneofs, oneofByNumber }
}

export function oneofOf(shape: Shape, number: number): string | undefined {
  return shape.oneofByNumber.get(number)
}

/** Oneofs of which nothing is left: given up as a whole, which is allowed. */
export function vanishedOneofs(original: Shape, update: Shape): ReadonlySet<string> {
  const gone = [...original.oneofs].filter(
    ([name, numbers]) => !update.oneofs.has(name) && !numbers.some((number) => update.fields.has(number)),
  )
  return new Set(gone.map(([name]) => name))
}

/** Oneofs that exclude each other's fields now, where older data may have several of them. */
export function mergedOneofs(original: Shape, update: Shape): { oneof: string; several: boolean }[] {
  return [...update.oneofs].flatMap(([oneof, numbers]) => {
    const origins = new Set<string>()
    let alone = 0
    for (const number of numbers) {
      const from = oneofOf(original, number)
      if (from !== undefined) origins.add(`oneof ${from}`)
      else if (original.fields.has(number)) {
        origins.add(`field ${number}`)
        alone += 1
      }
    }
    return origins.size > 1 ? [{ oneof, several: alone > 1 }] : []
  })
}
