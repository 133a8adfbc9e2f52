import type { AvroType } from '../../schemas/avro/types.ts'
import type { RoleNames } from '../../schemas/schema-type.ts'
import { type AvroProblem, avroProblems } from './check.ts'

/** The lines that a registry answers with where `reader` cannot read what `writer` wrote. */
export function avroMessages(reader: AvroType, writer: AvroType, names: RoleNames): string[] {
  try {
    return avroProblems(reader, writer).map((problem) => line(problem, names))
  } catch (error) {
    return [`Unexpected exception during compatibility check: ${error instanceof Error ? error.message : error}`]
  }
}

function line(problem: AvroProblem, names: RoleNames): string {
  const { type, message } = problem
  return `{errorType:'${type}', description:'${description(problem, names)}', additionalInfo:'${message}'}`
}

function description({ type, message, location }: AvroProblem, { reader, writer }: RoleNames): string {
  const at = `at path '${location}'`
  switch (type) {
    case 'FIXED_SIZE_MISMATCH':
      return `The size of FIXED type field ${at} in the ${reader} schema does not match with the ${writer} schema`
    case 'TYPE_MISMATCH':
      return `The type (path '${location}') of a field in the ${reader} schema does not match with the ${writer} schema`
    case 'NAME_MISMATCH':
      return `The name of the schema has changed (path '${location}')`
    case 'MISSING_ENUM_SYMBOLS':
      return `The ${reader} schema is missing enum symbols '${message}' ${at} in the ${writer} schema`
    case 'MISSING_UNION_BRANCH':
      return `The ${reader} schema is missing a type inside a union field ${at} in the ${writer} schema`
    case 'READER_FIELD_MISSING_DEFAULT_VALUE':
      return `The field '${message}' ${at} in the ${reader} schema has no default value and is missing in the ${writer} schema`
  }
}
