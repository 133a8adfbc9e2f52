import { schemaNotFound } from '../../registry/errors.ts'
import { SCHEMA_TYPES } from '../../registry/schemas/schema-type.ts'
import { guidAnswer, schemaAnswer, versionAnswer } from './answers.ts'
import { type Asked, wholeNumber } from './asked.ts'
import { type Routes, reads } from './route.ts'
import { qualifiedReferences, RawSchema, tagsAsked } from './subject-routes.ts'

/** As many as Confluent's gives at a time. */
const MOST_SCHEMAS = 1000

const idOf = (asked: Asked): number => wholeNumber(asked.part('id'))
const placeOf = ({ query }: Asked): string => query.text('subject') ?? ''

export const SCHEMA_ROUTES: Routes = {
  '/schemas': {
    GET: reads(async ({ registry, query }) => {
      const prefix = query.text('subjectPrefix') ?? ''
      const filter = query.flag('deleted') ? 'all' : 'live'
      const latestOnly = query.flag('latestOnly')
      const aliases = query.flag('aliases') ? await registry.aliases(prefix) : undefined
      const schemas = await registry.schemas(prefix, filter, latestOnly, aliases && [...aliases.keys()])
      const ruleType = query.text('ruleType')
      const wanted = ruleType ? schemas.filter((schema) => hasRule(schema, ruleType)) : schemas
      return query.page(wanted, MOST_SCHEMAS).map((schema) => {
        return { ...versionAnswer(schema), aliases: aliases?.get(schema.subject) }
      })
    }),
  },
  '/schemas/types': { GET: reads(async () => SCHEMA_TYPES) },
  '/schemas/ids/:id': {
    GET: reads(async (asked) => {
      const { registry, query } = asked
      const schema = await registry.byId(idOf(asked), placeOf(asked), query.text('format'))
      const maxId = query.flag('fetchMaxId') ? await registry.maxId(placeOf(asked)) : undefined
      const schemaTags = await tagsAsked(asked, () => registry.byId(idOf(asked), placeOf(asked)))
      return { ...schemaAnswer(qualifiedReferences(schema, asked), maxId), schemaTags }
    }),
  },
  '/schemas/ids/:id/schema': {
    GET: reads(async (asked) => {
      const { schema } = await asked.registry.byId(idOf(asked), placeOf(asked), asked.query.text('format'))
      return new RawSchema(schema)
    }),
  },
  '/schemas/ids/:id/subjects': {
    GET: reads(async (asked) => {
      const holders = await asked.registry.holders(idOf(asked), placeOf(asked), asked.query.flag('deleted'))
      return asked.query.page(holders.map(({ subject }) => subject))
    }),
  },
  '/schemas/ids/:id/versions': {
    GET: reads(async (asked) => {
      return asked.query.page(await asked.registry.holders(idOf(asked), placeOf(asked), asked.query.flag('deleted')))
    }),
  },
  '/schemas/guids/:guid': {
    GET: reads(async (asked) => {
      const guid = asked.part('guid')
      if (!/^[0-9a-f-]{1,40}$/i.test(guid)) throw schemaNotFound(guid)
      return guidAnswer(await asked.registry.byGuid(guid, asked.query.text('format')))
    }),
  },
  '/schemas/guids/:guid/ids': {
    GET: reads((asked) => asked.registry.idsOfGuid(asked.part('guid'))),
  },
}

function hasRule({ ruleSet }: Parameters<typeof versionAnswer>[0], type: string): boolean {
  const { migrationRules = [], domainRules = [], encodingRules = [] } = ruleSet ?? {}
  return [...migrationRules, ...domainRules, ...encodingRules].some((rule) => rule.type === type)
}
