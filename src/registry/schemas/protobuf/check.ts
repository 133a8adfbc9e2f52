import { InvalidSchema } from '../schema-type.ts'
import { allFields, MAX_FIELD_NUMBER, type ProtoEnum, type ProtoFile, type ProtoMessage } from './ast.ts'

const RESERVED_START = 19_000
const RESERVED_END = 19_999
const MAP_KEYS = new Set(
  'int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string'.split(' '),
)

/** What a file may not say although its grammar lets it. */
export function checkFile(file: ProtoFile): void {
  const needsLabels = file.edition === undefined && file.syntax !== 'proto3'
  for (const message of file.messages) checkMessage(message, needsLabels)
  for (const one of file.enums) checkEnum(one, file)
}

function checkMessage(message: ProtoMessage, needsLabels: boolean): void {
  checkLabels(message, needsLabels)
  const names = new Set<string>()
  const numbers = new Map<number, string>()
  const reserved = message.reserved.flatMap(({ ranges }) => ranges)
  const reservedNames = new Set(message.reserved.flatMap((one) => one.names))
  for (const { name, number, type } of allFields(message)) {
    const where = `Field ${name} of ${message.name}`
    const other = numbers.get(number)
    if (names.has(name)) throw new InvalidSchema(`${where} is declared twice`)
    if (other !== undefined) throw new InvalidSchema(`${where} has the number ${number} of field ${other}`)
    if (number < 1 || number > MAX_FIELD_NUMBER || (number >= RESERVED_START && number <= RESERVED_END)) {
      throw new InvalidSchema(`${where} has the number ${number}, which is out of range`)
    }
    if (reserved.some(({ start, end }) => number >= start && number <= end) || reservedNames.has(name)) {
      throw new InvalidSchema(`${where} has a reserved name or number`)
    }
    if (type.kind === 'map' && !MAP_KEYS.has(type.key))
      throw new InvalidSchema(`${where} cannot have keys of ${type.key}`)
    if (type.kind === 'group') checkMessage(type.body, needsLabels)
    names.add(name)
    numbers.set(number, name)
  }
  for (const one of message.messages) checkMessage(one, needsLabels)
  for (const one of message.enums) checkEnum(one, undefined)
}

/** proto2 asks for a label on each field; maps are repeated by themselves, so they have none and are in no oneof. */
function checkLabels({ name: message, fields, oneofs }: ProtoMessage, isNeeded: boolean): void {
  for (const { name, label, type } of fields) {
    const isMap = type.kind === 'map'
    if (isMap && label !== undefined) throw new InvalidSchema(`Map ${name} of ${message} cannot be ${label}`)
    if (isNeeded && !isMap && label === undefined) {
      throw new InvalidSchema(`Field ${name} of ${message} must be optional, required or repeated in proto2`)
    }
  }
  for (const { name, type } of oneofs.flatMap((oneof) => oneof.fields)) {
    if (type.kind === 'map') throw new InvalidSchema(`Map ${name} of ${message} cannot be in a oneof`)
  }
}

function checkEnum({ name, values }: ProtoEnum, file: ProtoFile | undefined): void {
  const seen = new Set<string>()
  for (const value of values) {
    if (seen.has(value.name)) throw new InvalidSchema(`Value ${value.name} of ${name} is declared twice`)
    seen.add(value.name)
  }
  const [first] = values
  if (!first) throw new InvalidSchema(`Enum ${name} has no values`)
  if (file?.syntax === 'proto3' && first.number !== 0) {
    throw new InvalidSchema(`The first value of ${name} must be zero in proto3`)
  }
}
