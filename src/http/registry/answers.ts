import type { Config, StoredSchema } from '../../registry/entities.ts'
import type { Registered } from '../../registry/register.ts'

/** Schemas as clients read them; what is empty is left out. */

type Shown = Registered | StoredSchema

function content({ guid, schemaType, schema, references, metadata, ruleSet, timestamp, deleted }: Shown) {
  return {
    guid,
    schemaType,
    schema,
    ...(references.length > 0 && { references }),
    metadata,
    ruleSet,
    ts: timestamp,
    ...((deleted || timestamp !== undefined) && { deleted }),
  }
}

/** A version of a subject. */
export function versionAnswer(schema: Shown): object {
  const { subject, version, id } = schema
  return { subject, version, id, ...content(schema) }
}

export function registeredAnswer(schema: Shown): object {
  const { version, id } = schema
  return { id, version, ...content(schema) }
}

/** A schema by its id. */
export function schemaAnswer(schema: Shown, maxId?: number): object {
  const { subject, version } = schema
  return { subject, version, ...content(schema), ...(maxId !== undefined && { maxId }) }
}

/** A schema by its GUID belongs to no subject. */
export const guidAnswer = (schema: Shown): object => content(schema)

/** What was set is called otherwise than what is in force. */
export function configUpdateAnswer({ compatibilityLevel, ...config }: Config): object {
  return { ...config, ...(compatibilityLevel !== undefined && { compatibility: compatibilityLevel }) }
}
