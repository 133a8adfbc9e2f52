import { type CombinedRule, type Notes, type Rule, ruleKey } from '../../schemas/json/rules.ts'
import { isSubset } from '../subset.ts'
import { arrays } from './arrays.ts'
import { type Difference, isHarmless } from './difference.ts'
import { maximumMatching } from './matching.ts'
import { objects } from './objects.ts'
import { Patterns, TooComplex } from './patterns.ts'
import { numbers, strings } from './scalars.ts'

/** Of more differences nobody reads; that there is a harmful one is kept all the same. */
const MAX_DIFFERENCES = 500
/** Pairs of schemas that one comparison looks at; schemas made by people need a few thousand. */
const MAX_PAIRS = 100_000
/** Passes over schemas that mention themselves; each one proves another pair incompatible. */
const MAX_PASSES = 100

interface Result {
  readonly list: readonly Difference[]
  readonly harmless: boolean
}

const NOTHING: Result = { list: [], harmless: true }

/** What is known of pairs of rules during one pass, shared by all places of the schemas. */
class Pass {
  readonly known = new Map<Rule, Map<Rule, Result>>()
  readonly underWay = new Map<Rule, Set<Rule>>()
  readonly harmful: ReadonlyMap<Rule, ReadonlyMap<Rule, Result>>
  /** Whether a pair that mentions itself was taken to fit, which a later pass must confirm. */
  hopeful = false
  readonly patterns: Patterns
  pairs = 0

  constructor(harmful: ReadonlyMap<Rule, ReadonlyMap<Rule, Result>>, patterns: Patterns) {
    this.harmful = harmful
    this.patterns = patterns
  }

  found(): { harmful: Map<Rule, Map<Rule, Result>>; count: number } {
    const harmful = new Map<Rule, Map<Rule, Result>>()
    let count = 0
    for (const [original, updates] of this.known) {
      const bad = [...updates].filter(([, result]) => !result.harmless)
      if (bad.length > 0) harmful.set(original, new Map(bad))
      count += bad.length
    }
    return { harmful, count }
  }
}

/** Collects the differences at one path and below. */
export class Differences {
  readonly #pass: Pass
  readonly #path: readonly string[]
  #list: Difference[] = []
  #harmless = true

  constructor(pass: Pass, path: readonly string[] = []) {
    this.#pass = pass
    this.#path = path
  }

  get patterns(): Patterns {
    return this.#pass.patterns
  }

  get result(): Result {
    return { list: this.#list, harmless: this.#harmless }
  }

  add(type: string, ...path: readonly string[]): void {
    this.#put({ type, path: `#/${[...this.#path, ...path].join('/')}` })
  }

  #put(difference: Difference): void {
    const harmless = isHarmless(difference)
    if (this.#list.length < MAX_DIFFERENCES || (this.#harmless && !harmless)) this.#list.push(difference)
    this.#harmless &&= harmless
  }

  take(result: Result): void {
    for (const difference of result.list) this.#put(difference)
    this.#harmless &&= result.harmless
  }

  /** Does something at a longer path, into the same list. */
  at(path: string, act: (below: Differences) => void): void {
    const below = new Differences(this.#pass, [...this.#path, path])
    act(below)
    this.take(below.result)
  }

  /** What comparing two rules here would add, without adding it. */
  trial(original: Rule | undefined, update: Rule | undefined): Result {
    const trial = new Differences(this.#pass, this.#path)
    trial.compare(original, update)
    return trial.result
  }

  compare(original: Rule | undefined, update: Rule | undefined): void {
    if (!original && !update) return
    if (!original) {
      this.add('SCHEMA_ADDED')
      return
    }
    if (!update) {
      this.add('SCHEMA_REMOVED')
      return
    }
    const { list, harmless } = comparePair(this.#pass, target(original), target(update))
    const prefix = this.#path.join('/')
    const place = (path: string): string =>
      prefix === '' ? path : path === '#/' ? `#/${prefix}` : `#/${prefix}/${path.slice(2)}`
    this.take({ list: list.map(({ type, path }) => ({ type, path: place(path) })), harmless })
  }
}

/** What a reference leads to, through references to references. */
function target(rule: Rule): Rule {
  const seen = new Set<Rule>()
  let found = rule
  while (found.kind === 'reference' && !seen.has(found)) {
    seen.add(found)
    found = found.target()
  }
  return found
}

function comparePair(pass: Pass, original: Rule, update: Rule): Result {
  const known = pass.known.get(original)?.get(update)
  if (known) return known
  const underWay = pass.underWay.get(original) ?? new Set<Rule>()
  pass.underWay.set(original, underWay)
  if (underWay.has(update)) {
    const harmful = pass.harmful.get(original)?.get(update)
    if (harmful) return harmful
    pass.hopeful = true
    return NOTHING
  }
  pass.pairs += 1
  if (pass.pairs > MAX_PAIRS) throw new TooComplex()
  underWay.add(update)
  const differences = new Differences(pass)
  compareRules(differences, original, update)
  underWay.delete(update)
  const updates = pass.known.get(original) ?? new Map<Rule, Result>()
  pass.known.set(original, updates)
  updates.set(update, differences.result)
  return differences.result
}

function compareRules(into: Differences, original: Rule, update: Rule): void {
  if (update.kind === 'combined' && original.kind !== 'combined' && intoCombined(into, original, update)) return
  if (original.kind === 'combined' && update.kind !== 'combined' && outOfCombined(into, original, update)) return
  if (original.kind !== update.kind) {
    if (original.kind === 'false' || update.kind === 'empty' || update.kind === 'true') return
    const bytes = original.notes.connectType === 'bytes' && update.notes.connectType === 'bytes'
    if (!bytes) into.add('TYPE_CHANGED')
    return
  }
  compareNotes(into, original.notes, update.notes)
  compareSame(into, original, update)
}

function compareNotes(into: Differences, original: Notes, update: Notes): void {
  if (original.id !== update.id) into.add('ID_CHANGED')
  if (original.title !== update.title) into.add('TITLE_CHANGED')
  if (original.description !== update.description) into.add('DESCRIPTION_CHANGED')
  if (original.defaultValue !== update.defaultValue) into.add('DEFAULT_CHANGED')
}

function compareSame(into: Differences, original: Rule, update: Rule): void {
  if (original.kind === 'string' && update.kind === 'string') strings(into, original, update)
  else if (original.kind === 'number' && update.kind === 'number') numbers(into, original, update)
  else if (original.kind === 'object' && update.kind === 'object') objects(into, original, update)
  else if (original.kind === 'array' && update.kind === 'array') arrays(into, original, update)
  else if (original.kind === 'combined' && update.kind === 'combined') combined(into, original, update)
  else if (original.kind === 'const' && update.kind === 'const') {
    if (original.value !== update.value) into.add('ENUM_ARRAY_CHANGED', 'const')
  } else if (original.kind === 'enum' && update.kind === 'enum') enums(into, original.values, update.values)
  else if (original.kind === 'not' && update.kind === 'not') {
    // What must not match may only become less.
    into.at('not', (below) => {
      below.add(below.trial(update.rule, original.rule).harmless ? 'NOT_TYPE_NARROWED' : 'NOT_TYPE_EXTENDED')
    })
  }
}

function enums(into: Differences, original: ReadonlySet<string>, update: ReadonlySet<string>): void {
  const kept = isSubset(original, update)
  const within = isSubset(update, original)
  if (kept && within) return
  into.add(kept ? 'ENUM_ARRAY_EXTENDED' : within ? 'ENUM_ARRAY_NARROWED' : 'ENUM_ARRAY_CHANGED', 'enum')
}

/** A schema that became one of several, all of which it may be. Tells whether that settles it. */
function intoCombined(into: Differences, original: Rule, update: CombinedRule): boolean {
  const single = update.rules.length === 1
  if (!single && update.criterion === 'allOf') return false
  for (const rule of update.rules) {
    const trial = into.trial(original, rule)
    if (!trial.harmless) continue
    into.take(trial)
    if (!single) into.add('SUM_TYPE_EXTENDED')
    return true
  }
  return false
}

/** Of several schemas that all had to fit one is left. */
function outOfCombined(into: Differences, original: CombinedRule, update: Rule): boolean {
  const single = original.rules.length === 1
  if (!single && original.criterion !== 'allOf') return false
  for (const rule of original.rules) {
    const trial = into.trial(rule, update)
    if (!trial.harmless) continue
    into.take(trial)
    if (!single) into.add('PRODUCT_TYPE_NARROWED')
    return true
  }
  return false
}

function combined(into: Differences, original: CombinedRule, update: CombinedRule): void {
  if (!criteria(into, original, update)) return
  const [before, after] = [distinct(original.rules), distinct(update.rules)]
  if (before.length < after.length) {
    into.add(update.criterion === 'allOf' ? 'PRODUCT_TYPE_EXTENDED' : 'SUM_TYPE_EXTENDED')
  } else if (before.length > after.length) {
    into.add(original.criterion === 'allOf' ? 'PRODUCT_TYPE_NARROWED' : 'SUM_TYPE_NARROWED')
  }
  const fitting: Result[][] = before.map((rule, at) => {
    const row: Result[] = []
    into.at(`${original.criterion}/${at}`, (below) => {
      for (const [column, other] of after.entries()) {
        const trial = below.trial(rule, other)
        if (trial.harmless) row[column] = trial
      }
    })
    return row
  })
  const pairs = maximumMatching(before.length, after.length, (row, column) => fitting[row]?.[column] !== undefined)
  for (const [row, column] of pairs) into.take(fitting[row]?.[column] ?? NOTHING)
  if (pairs.length < Math.min(before.length, after.length)) into.add('COMBINED_TYPE_SUBSCHEMAS_CHANGED')
}

/** Tells whether the parts are worth comparing. */
function criteria(into: Differences, original: CombinedRule, update: CombinedRule): boolean {
  if (original.criterion === update.criterion) return true
  const [one, other] = [original.rules.length === 1, update.rules.length === 1]
  const wider =
    update.criterion === 'anyOf' ||
    (one && other) ||
    (one && update.criterion === 'oneOf') ||
    (other && original.criterion === 'allOf')
  into.add(wider ? 'COMBINED_TYPE_EXTENDED' : 'COMBINED_TYPE_CHANGED')
  return wider
}

function distinct(rules: readonly Rule[]): Rule[] {
  return [...new Map(rules.map((rule) => [ruleKey(rule), rule])).values()]
}

/**
 * All differences from `original` to `update`. A pair of schemas that leads back to itself is taken to fit; passes
 * are repeated until what was taken so holds.
 */
export function differences(original: Rule, update: Rule): readonly Difference[] {
  const patterns = new Patterns()
  let pass = new Pass(new Map(), patterns)
  let before = 0
  for (let round = 1; ; round += 1) {
    const into = new Differences(pass)
    into.compare(original, update)
    const { harmful, count } = pass.found()
    if (!pass.hopeful || count === before) return into.result.list
    if (round === MAX_PASSES) throw new TooComplex()
    before = count
    pass = new Pass(harmful, patterns)
  }
}
