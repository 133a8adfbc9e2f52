import { Ajv, type Options, type ValidateFunction } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import draft6 from 'ajv/dist/refs/json-schema-draft-06.json' with { type: 'json' }
import { default as Ajv4 } from 'ajv-draft-04'
import { type JsonTree, writeJson } from '../json-tree.ts'
import { InvalidSchema } from '../schema-type.ts'
import type { Draft } from './rules.ts'

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

type AnyAjv = Pick<Ajv, 'getSchema' | 'removeKeyword' | 'addKeyword' | 'addMetaSchema'>

/**
 * An `enum` that says a value twice, a `required` or an `anyOf` of nothing: the drafts forbid it, yet generators write it and Confluent's
 * registry has always taken it.
 */
function withAnyLists<T extends AnyAjv>(ajv: T): T {
  for (const keyword of ['uniqueItems', 'minItems']) {
    ajv.removeKeyword(keyword)
    ajv.addKeyword(keyword)
  }
  return ajv
}

function ajvOf(draft: Draft): AnyAjv {
  switch (draft) {
    case '4':
      return withAnyLists(new Ajv4.default(OPTIONS))
    case '6':
      return withAnyLists(new Ajv(OPTIONS)).addMetaSchema(draft6)
    case '7':
      return withAnyLists(new Ajv(OPTIONS))
    case '2019-09':
      return withAnyLists(new Ajv2019(OPTIONS))
    case '2020-12':
      return withAnyLists(new Ajv2020(OPTIONS))
  }
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
