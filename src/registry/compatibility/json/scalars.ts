import type { NumberRule, StringRule } from '../../schemas/json/rules.ts'
import type { Differences } from './diff.ts'

/** A limit under its keyword; `name` begins the names of its differences. */
export function limit(
  into: Differences,
  keyword: string,
  name: string,
  original: number | undefined,
  update: number | undefined,
): void {
  if (original === update) return
  if (original === undefined) into.add(`${name}_ADDED`, keyword)
  else if (update === undefined) into.add(`${name}_REMOVED`, keyword)
  else into.add(original < update ? `${name}_INCREASED` : `${name}_DECREASED`, keyword)
}

export function strings(into: Differences, original: StringRule, update: StringRule): void {
  limit(into, 'maxLength', 'MAX_LENGTH', original.maxLength, update.maxLength)
  limit(into, 'minLength', 'MIN_LENGTH', original.minLength, update.minLength)
  if (original.pattern === update.pattern) return
  if (original.pattern === undefined) into.add('PATTERN_ADDED', 'pattern')
  else into.add(update.pattern === undefined ? 'PATTERN_REMOVED' : 'PATTERN_CHANGED', 'pattern')
}

export function numbers(into: Differences, original: NumberRule, update: NumberRule): void {
  limit(into, 'maximum', 'MAXIMUM', original.maximum, update.maximum)
  limit(into, 'minimum', 'MINIMUM', original.minimum, update.minimum)
  limit(into, 'exclusiveMaximum', 'EXCLUSIVE_MAXIMUM', original.exclusiveMaximum, update.exclusiveMaximum)
  limit(into, 'exclusiveMinimum', 'EXCLUSIVE_MINIMUM', original.exclusiveMinimum, update.exclusiveMinimum)
  const multiples = multipleOf(original.multipleOf, update.multipleOf)
  if (multiples) into.add(multiples, 'multipleOf')
  if (original.integer !== update.integer) into.add(original.integer ? 'TYPE_EXTENDED' : 'TYPE_NARROWED')
}

function multipleOf(original: string | undefined, update: string | undefined): string | undefined {
  if (original === update) return undefined
  if (original === undefined) return 'MULTIPLE_OF_ADDED'
  if (update === undefined) return 'MULTIPLE_OF_REMOVED'
  const pair = sameScale(original, update)
  if (!pair) return 'MULTIPLE_OF_CHANGED'
  const [before, after] = pair
  if (before === after) return undefined
  if (before !== 0n && after % before === 0n) return 'MULTIPLE_OF_EXPANDED'
  if (after !== 0n && before % after === 0n) return 'MULTIPLE_OF_REDUCED'
  return 'MULTIPLE_OF_CHANGED'
}

/** Beyond what a double can say nobody counts in multiples. */
const MAX_EXPONENT = 400

/** Two decimals as whole numbers of the same fraction. */
function sameScale(a: string, b: string): readonly [bigint, bigint] | undefined {
  const [one, other] = [decimal(a), decimal(b)]
  if (!one || !other) return undefined
  const exponent = Math.min(one.exponent, other.exponent)
  const whole = (value: { digits: bigint; exponent: number }): bigint =>
    value.digits * 10n ** BigInt(value.exponent - exponent)
  return [whole(one), whole(other)]
}

function decimal(text: string): { digits: bigint; exponent: number } | undefined {
  const found = /^(-?\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)
  if (!found || text.length > MAX_EXPONENT) return undefined
  const [, whole = '', fraction = '', power = '0'] = found
  const exponent = Number(power) - fraction.length
  return Math.abs(exponent) > MAX_EXPONENT ? undefined : { digits: BigInt(whole + fraction), exponent }
}
