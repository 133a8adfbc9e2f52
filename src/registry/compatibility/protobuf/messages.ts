import type { ProtoFiles } from '../../schemas/protobuf/files.ts'
import type { RoleNames } from '../../schemas/schema-type.ts'
import { protobufDifferences } from './diff.ts'
import { isHarmless, line } from './difference.ts'

/** The lines that a registry answers with where `update` misreads what `original` wrote. */
export function protobufMessages(original: ProtoFiles, update: ProtoFiles, names: RoleNames): string[] {
  try {
    return protobufDifferences(original, update)
      .filter((difference) => !isHarmless(difference))
      .map((difference) => line(difference, names))
  } catch (error) {
    return [`Unexpected exception during compatibility check: ${error instanceof Error ? error.message : error}`]
  }
}
