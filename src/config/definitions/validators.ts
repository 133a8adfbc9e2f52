import type { ConfigValue, Validator } from './types.ts'

function range(min: number, max: number | undefined): Validator {
  return {
    text: max === undefined ? `[${min},...]` : `[${min},...,${max}]`,
    check(_name, value) {
      if (typeof value !== 'number') return undefined
      if (value < min) return { reason: `Value must be at least ${min}` }
      if (max !== undefined && value > max) return { reason: `Value must be no more than ${max}` }
      return undefined
    },
  }
}

export const atLeast = (min: number): Validator => range(min, undefined)
export const between = (min: number, max: number): Validator => range(min, max)

export function oneOf(allowed: readonly string[]): Validator {
  const text = allowed.join(', ')
  return {
    text: `[${text}]`,
    check: (_name, value) =>
      typeof value !== 'string' || allowed.includes(value) ? undefined : { reason: `String must be one of: ${text}` },
  }
}

export function ignoringCase(allowed: readonly string[]): Validator {
  const text = allowed.join(', ')
  return {
    text: `(case insensitive) [${text}]`,
    check: (_name, value) =>
      typeof value !== 'string' || allowed.includes(value.toUpperCase())
        ? undefined
        : { reason: `String must be one of (case insensitive): ${text}` },
  }
}

/** A list that loses its duplicates and has no empty elements; its elements are among `allowed` where that is not empty. */
export function listOf(allowed: readonly string[], empty?: 'empty allowed'): Validator {
  const text = allowed.length > 0 ? `[${allowed.join(', ')}]` : ''
  return {
    text,
    distinct: true,
    check(name, value) {
      if (!isList(value)) return undefined
      if (value.length === 0 && !empty) {
        const valid = text === '' ? 'any non-empty value' : text
        return { sentence: `Configuration '${name}' must not be empty. Valid values include: ${valid}` }
      }
      if (value.includes('')) return { sentence: `Configuration '${name}' values must not be empty.` }
      const stranger = allowed.length > 0 ? value.find((item) => !allowed.includes(item)) : undefined
      return stranger === undefined
        ? undefined
        : { reason: `String must be one of: ${allowed.join(', ')}`, value: stranger }
    },
  }
}

export const distinct = (empty?: 'empty allowed'): Validator => listOf([], empty)

export const NON_EMPTY: Validator = {
  text: 'non-empty string',
  check: (_name, value) => (value === '' ? { reason: 'String must be non-empty' } : undefined),
}

export const GZIP_LEVEL: Validator = {
  text: '[1,...,9] or -1',
  check: (_name, value) =>
    typeof value !== 'number' || value === -1 || (value >= 1 && value <= 9)
      ? undefined
      : { reason: 'Value must be between 1 and 9 or equal to -1' },
}

const THROTTLE_FORMAT = '[partitionId]:[brokerId],[partitionId]:[brokerId],...'

export const THROTTLED_REPLICAS: Validator = {
  text: THROTTLE_FORMAT,
  check(name, value) {
    if (!isList(value) || value.length === 0 || (value.length === 1 && value[0] === '*')) return undefined
    if (value.every((item) => /^[0-9]+:[0-9]+$/.test(item))) return undefined
    const reason = `${name} must be the literal '*' or a list of replicas in the following format: ${THROTTLE_FORMAT}`
    return { reason, value: `[${value.join(', ')}]` }
  },
}

const HOST_AND_PORT = /^\[?([0-9a-zA-Z\-%._:]*)\]?:([0-9]+)$/

export const QUORUM_VOTERS: Validator = {
  text: 'non-empty list',
  check(name, value) {
    const form = 'Each entry should be in the form `{id}@{host}:{port}`.'
    for (const entry of isList(value) ? value : []) {
      const [id, address, ...rest] = entry.split('@')
      if (id === undefined || address === undefined || rest.length > 0) {
        return { sentence: `Invalid configuration value for ${name}. ${form}` }
      }
      if (!/^[+-]?\d+$/.test(id)) return { sentence: `Failed to parse voter ID as an integer from ${id}` }
      if (!HOST_AND_PORT.test(address)) {
        return { sentence: `Failed to parse host name from entry ${entry} for the configuration ${name}. ${form}` }
      }
    }
    return undefined
  },
}

export const BOOTSTRAP_SERVERS: Validator = {
  text: 'non-empty list',
  check(name, value) {
    for (const entry of isList(value) ? value : []) {
      const port = HOST_AND_PORT.exec(entry)?.[2]
      if (port === undefined) {
        const form = 'Each entry should be in the form "{host}:{port}"'
        return { sentence: `Failed to parse host name from ${entry} for the configuration ${name}. ${form}` }
      }
      if (Number(port) > 65_535) return { sentence: `port out of range:${port}` }
    }
    return undefined
  },
}

/** ISO-8601 days, hours, minutes, seconds; no sign, because the reset point lies in the past. */
const DURATION = /^P(?=\d|T\d)(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d{0,9})?S)?)?$/i

export const SHARE_OFFSET_RESET: Validator = {
  text: '[latest, earliest, by_duration:PnDTnHnMn.nS]',
  check(name, value) {
    if (typeof value !== 'string' || value === 'latest' || value === 'earliest') return undefined
    if (value.startsWith('by_duration:') && DURATION.test(value.slice('by_duration:'.length))) return undefined
    const form = "The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'."
    return { reason: `Invalid value \`${value}\` for configuration ${name}. ${form}` }
  },
}

function isList(value: ConfigValue): value is readonly string[] {
  return Array.isArray(value)
}
