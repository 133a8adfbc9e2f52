import { readFileSync } from 'node:fs'
import { ConfigError } from '../config/config-error.ts'
import { listenerPrefix } from '../config/listener-settings.ts'
import { type JaasEntry, JaasError, parseJaasConfig, parseJaasFile } from '../security/sasl/jaas.ts'
import type { EffectiveConfig } from './effective-config.ts'

type Sections = ReadonlyMap<string, readonly JaasEntry[]>

const SERVER_SECTION = 'KafkaServer'
const NAME = 'sasl.jaas.config'

/** Where a node's users and its own logins are written down. */
export class Jaas {
  readonly #effective: Pick<EffectiveConfig, 'layers'>
  readonly #sections: Sections

  /** @throws ConfigError where there is a file that can't be used */
  constructor(effective: Pick<EffectiveConfig, 'layers'>, file: string | undefined) {
    this.#effective = effective
    this.#sections = file === undefined ? new Map() : readSections(file)
  }

  /**
   * The login modules of a mechanism on a listener: its own setting, else the section `<listener>.KafkaServer` of the file,
   * else `KafkaServer`. Undefined: there are none. @throws ConfigError
   */
  entries(listener: string, mechanism: string): readonly JaasEntry[] | undefined {
    const key = jaasKey(listener, mechanism)
    const text = this.#effective.layers.text(key)
    if (text === null) {
      return this.#sections.get(`${listener.toLowerCase()}.${SERVER_SECTION}`) ?? this.#sections.get(SERVER_SECTION)
    }
    return [readable(key, () => parseJaasConfig(text))]
  }
}

/** The setting that has the login module. Kafka knows none without the mechanism. */
export function jaasKey(listener: string, mechanism: string): string {
  return `${listenerPrefix(listener)}${mechanism.toLowerCase()}.${NAME}`
}

function readSections(file: string): Sections {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code = 'unreadable' } = error as { readonly code?: string }
    throw new ConfigError(`Give java.security.auth.login.config the path of a JAAS file: ${file} is none (${code}).`)
  }
  return readable(file, () => parseJaasFile(text))
}

function readable<T>(where: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof JaasError) throw new ConfigError(`Correct ${where}: ${error.message}.`)
    throw error
  }
}
