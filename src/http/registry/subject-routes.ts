import type { StoredSchema } from '../../registry/entities.ts'
import { schemaRequest, versionOf } from '../../registry/requests.ts'
import { SchemaRequestShape, TagRequestShape } from '../../registry/shapes.ts'
import { relativeTo } from '../../registry/subjects.ts'
import { registeredAnswer, versionAnswer } from './answers.ts'
import type { Asked } from './asked.ts'
import { type Routes, reads, writes } from './route.ts'

const subjectOf = (asked: Asked): string => asked.part('subject')
const versionAsked = (asked: Asked): number => versionOf(asked.part('version'))

function schemaOptions({ query }: Asked) {
  return { withDeleted: query.flag('deleted'), format: query.text('format') ?? '' }
}

function versionWanted(asked: Asked): Promise<StoredSchema> {
  return asked.registry.version(subjectOf(asked), versionAsked(asked), schemaOptions(asked))
}

/** `referenceFormat=qualified`: with the context in which the references count. */
export function qualifiedReferences(schema: StoredSchema, asked: Asked): StoredSchema {
  if (asked.query.text('referenceFormat') !== 'qualified') return schema
  const references = schema.references.map((reference) => ({
    ...reference,
    subject: relativeTo(schema.subject, reference.subject),
  }))
  return { ...schema, references }
}

/** `findTags`: the tags in the text are told too. `schema` gives the text as it is stored. */
export async function tagsAsked(asked: Asked, schema: () => Promise<StoredSchema>): Promise<object | undefined> {
  const names = asked.query.all('findTags')
  if (names.length === 0) return undefined
  const tags = await asked.registry.tags(await schema(), names)
  return tags.length > 0 ? tags : undefined
}

export const SUBJECT_ROUTES: Routes = {
  '/subjects': {
    GET: reads(async ({ registry, query }) => {
      return query.page(await registry.subjects(query.text('subjectPrefix') ?? ':*:', query.deleted))
    }),
  },
  '/subjects/:subject': {
    POST: reads(async (asked) => {
      const request = schemaRequest(asked.body(SchemaRequestShape))
      const options = { ...schemaOptions(asked), normalize: asked.query.flag('normalize') }
      return versionAnswer(await asked.registry.lookUp(subjectOf(asked), request, options))
    }),
    DELETE: writes((asked) =>
      asked.registry.deleteSubject(subjectOf(asked), asked.query.flag('permanent'), asked.caller),
    ),
  },
  '/subjects/:subject/metadata': {
    GET: reads(async (asked) => {
      const values = asked.query.all('value')
      const pairs = asked.query.all('key').flatMap((key, at): [string, string][] => {
        const value = values[at]
        return value === undefined ? [] : [[key, value]]
      })
      const properties = Object.fromEntries(pairs)
      return versionAnswer(await asked.registry.latestWith(subjectOf(asked), properties, schemaOptions(asked)))
    }),
  },
  '/subjects/:subject/versions': {
    GET: reads(async (asked) => {
      const { registry, query } = asked
      const isNegative = query.flag('deletedAsNegative')
      const known = query.deleted
      // As with Confluent's, a subject that is wholly deleted is not found without one of the other two.
      if (isNegative && known === 'live') await registry.versions(subjectOf(asked), 'live')
      const versions = await registry.versions(subjectOf(asked), isNegative ? 'all' : known)
      return query.page(versions.map(({ version, deleted }) => (isNegative && deleted ? -version : version)))
    }),
    POST: writes(async (asked) => {
      const { query, registry, caller } = asked
      const request = schemaRequest(asked.body(SchemaRequestShape))
      const options = { normalize: query.flag('normalize'), force: query.flag('force') }
      const made = await registry.register(subjectOf(asked), request, options, caller)
      const format = query.text('format') ?? ''
      if (format.trim() === '') return registeredAnswer(made)
      return registeredAnswer(await registry.version(made.subject, made.version, { format }))
    }),
  },
  '/subjects/:subject/versions/:version': {
    GET: reads(async (asked) => {
      const { withDeleted } = schemaOptions(asked)
      const schemaTags = await tagsAsked(asked, () =>
        asked.registry.version(subjectOf(asked), versionAsked(asked), { withDeleted }),
      )
      return { ...versionAnswer(qualifiedReferences(await versionWanted(asked), asked)), schemaTags }
    }),
    DELETE: writes((asked) =>
      asked.registry.deleteVersion(subjectOf(asked), versionAsked(asked), asked.query.flag('permanent'), asked.caller),
    ),
  },
  '/subjects/:subject/versions/:version/tags': {
    POST: writes(async (asked) => {
      const { registry, caller } = asked
      const request = asked.body(TagRequestShape)
      return registeredAnswer(await registry.changeTags(subjectOf(asked), versionAsked(asked), request, caller))
    }),
  },
  '/subjects/:subject/versions/:version/schema': {
    GET: reads(async (asked) => new RawSchema((await versionWanted(asked)).schema)),
  },
  '/subjects/:subject/versions/:version/referencedby': {
    GET: reads(async (asked) => {
      const { registry, query } = asked
      return query.page(await registry.referredBy(subjectOf(asked), versionAsked(asked), query.flag('deleted')), 1000)
    }),
  },
}

/** The text of a schema, sent as it is. */
export class RawSchema {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}
