import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { BrokerConfig } from '../config/broker-config.ts'
import { BUILT_IN_PROPERTIES, completedOverrides } from '../config/built-in.ts'
import { BUILT_IN_OWN } from '../config/own-configs.ts'
import { MalformedPropertiesError, parseProperties } from '../config/properties.ts'
import { errorCode, UserError } from './user-error.ts'

/** The configuration from a properties file, or the built-in one where there is none, with overrides over it. */
export function loadConfig(file: string | undefined, overrides: ReadonlyMap<string, string> = new Map()): BrokerConfig {
  const properties = file === undefined ? BUILT_IN_PROPERTIES : readProperties(file)
  const builtIn = file === undefined ? BUILT_IN_OWN : undefined
  return new BrokerConfig({
    file: properties,
    overrides: file === undefined ? completedOverrides(overrides) : overrides,
    ...(builtIn && { builtIn }),
    resolvePath: (path) => resolve(path),
  })
}

/** Throws a `UserError` for a file that can't be read or is no properties file. */
export function readProperties(file: string): Map<string, string> {
  let text: string
  try {
    // Kafka reads it by Java's rule, which is Latin-1 whatever the machine's locale: a byte is a character.
    text = readFileSync(file, 'latin1')
  } catch (error) {
    throw new UserError(`Give the path of a properties file that can be read: ${file} can't (${errorCode(error)}).`)
  }
  try {
    return parseProperties(text)
  } catch (error) {
    if (error instanceof MalformedPropertiesError) throw new UserError(`Correct ${file}: ${error.message}.`)
    throw error
  }
}

/** `--override key=value`: everything behind the first `=` is the value, and without one it is empty. */
export function parseOverrides(args: readonly string[]): Map<string, string> {
  const overrides = new Map<string, string>()
  for (const arg of args) {
    const [key = '', ...value] = arg.split('=')
    if (key === '') throw new UserError(`Write --override as key=value: '${arg}' has no key.`)
    overrides.set(key, value.join('='))
  }
  return overrides
}
