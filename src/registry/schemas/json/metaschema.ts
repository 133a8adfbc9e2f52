import { Ajv, type Options, type ValidateFunction } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import draft6 from 'ajv/dist/refs/json-schema-draft-06.json' with { type: 'json' }
import { default as Ajv4 } from 'ajv-draft-04'
import { type JsonTree, writeJson } from '../json-tree.ts'
import { InvalidSchema } from '../schema-type.ts'
import { type Draft, isModern } from './rules.ts'

/**
 * Only the drafts' own meta-schemas are ever compiled; a stranger's schema is data to them. Formats are left aside:
 * patterns of other languages' regular expressions are valid schemas.
 */
const OPTIONS: Options = { strict: false, validateFormats: false, logger: false, ownProperties: true, allErrors: false }
const META: Readonly<Record<Draft, string>> = {
  '4': 'http://json-schema.org/draft-04/schema',
  '6': 'http://json-schema.org/draft-06/schema',
  '7': 'http://json-schema.org/draft-07/schema',
  '2019-09': 'https://json-schema.org/draft/2019-09/schema',
  '2020-12': 'https://json-schema.org/draft/2020-12/schema',
}

type AnyAjv = Pick<Ajv, 'getSchema' | 'removeKeyword' | 'addKeyword' | 'addMetaSchema' | 'addSchema' | 'schemas'>
type MetaSchema = { properties?: Record<string, unknown>; dependencies?: unknown; type?: unknown }
const DRAFTS = Object.keys(META) as Draft[]

/** What the drafts' meta-schemas demand of lists and numbers, and Confluent's registry has never looked at. */
const UNCHECKED_KEYWORDS = ['uniqueItems', 'minItems', 'minimum', 'exclusiveMinimum']
const CONTENT = ['contentMediaType', 'contentEncoding', 'contentSchema']
/** Keywords that it takes with whatever value: generators write an `examples` that is no list, for one. */
const UNCHECKED = ['definitions', 'examples', '$comment', ...CONTENT]
const UNCHECKED_MODERN = [
  '$id',
  '$anchor',
  '$vocabulary',
  '$recursiveRef',
  '$recursiveAnchor',
  'dependencies',
  'additionalItems',
]
const COUNTS_OF_CONTAINS = ['minContains', 'maxContains']

function plainAjv(draft: Draft, options: Options): AnyAjv {
  switch (draft) {
    case '4':
      return new Ajv4.default(options)
    case '6':
      return options.meta === false ? new Ajv(options) : new Ajv(options).addMetaSchema(draft6)
    case '7':
      return new Ajv(options)
    case '2019-09':
      return new Ajv2019(options)
    case '2020-12':
      return new Ajv2020(options)
  }
}

/** With the drafts' meta-schemas made as mild as Confluent's registry is. */
function ajvOf(draft: Draft): AnyAjv {
  const ajv = plainAjv(draft, { ...OPTIONS, meta: false, validateSchema: false })
  for (const keyword of UNCHECKED_KEYWORDS) {
    ajv.removeKeyword(keyword)
    ajv.addKeyword(keyword)
  }
  for (const schema of metaSchemas(draft)) ajv.addSchema(milder(schema, draft))
  return ajv
}

function metaSchemas(draft: Draft): MetaSchema[] {
  return Object.values(plainAjv(draft, OPTIONS).schemas).flatMap((known) =>
    typeof known?.schema === 'object' ? [known.schema as MetaSchema] : [],
  )
}

function milder(schema: MetaSchema, draft: Draft): MetaSchema {
  const mild = structuredClone(schema)
  const unchecked = isModern(draft) ? [...UNCHECKED, ...UNCHECKED_MODERN, ...COUNTS_OF_CONTAINS] : UNCHECKED
  for (const name of unchecked) delete mild.properties?.[name]
  if (draft === '4') {
    // Whether a limit is exclusive may be said without the limit, and a schema may be true or false.
    delete mild.dependencies
    mild.type = ['object', 'boolean']
    mild.properties = { ...mild.properties, format: { type: 'string' } }
  }
  if (draft === '7') mild.properties = { ...mild.properties, writeOnly: { type: 'boolean' } }
  return mild
}

let texts: ReadonlyMap<string, string> | undefined

/** A draft's own schema, or a part of it, which other schemas may refer to. */
export function metaSchemaText(uri: string): string | undefined {
  if (!/^https?:\/\/json-schema\.org\//.test(uri)) return undefined
  texts ??= new Map(
    DRAFTS.flatMap((draft) => {
      const known = Object.entries(plainAjv(draft, OPTIONS).schemas)
      return known.map(([name, env]) => [name, JSON.stringify(env?.schema)] as const)
    }),
  )
  return texts.get(uri)
}

const validators = new Map<Draft, ValidateFunction>()

function validatorOf(draft: Draft): ValidateFunction {
  const known = validators.get(draft)
  if (known) return known
  const made = ajvOf(draft).getSchema(META[draft])
  if (!made) throw new InvalidSchema(`No meta-schema of draft ${draft}`)
  validators.set(draft, made)
  return made
}

/** Throws where a schema uses the draft's keywords in a way that the draft does not know. */
export function checkKeywords(tree: JsonTree, draft: Draft): void {
  const validate = validatorOf(draft)
  if (validate(JSON.parse(writeJson(tree, { number: ({ text }) => text })))) return
  const [error] = validate.errors ?? []
  throw new InvalidSchema(`Invalid JSON Schema: #${error?.instancePath ?? ''} ${error?.message ?? 'is not valid'}`)
}
