import { KafkaError } from '../base/errors.ts'
import type { LogLevels } from '../io/ports.ts'
import { ConfigOperation, type ConfigOperations } from '../metadata/configs/commands.ts'

const ROOT = 'root'
/** As Kafka sorts them in its sentence. */
const LEVELS = ['DEBUG', 'ERROR', 'FATAL', 'INFO', 'TRACE', 'WARN']

const NO_LEVELS: LogLevels = { all: () => new Map(), set: () => {} }

type Operation = ConfigOperations['configs'][number]

/** BROKER_LOGGER (KIP-412): levels of this process, which live as long as it does. */
export class LoggerLevels {
  readonly #nodeId: number
  readonly #levels: LogLevels

  /** `levels` left out: there are no loggers that could be named. */
  constructor(nodeId: number, levels: LogLevels = NO_LEVELS) {
    this.#nodeId = nodeId
    this.#levels = levels
  }

  /** Of each logger, the root first. */
  all(): ReadonlyMap<string, string> {
    return this.#levels.all()
  }

  alter(resourceName: string, operations: readonly Operation[], validateOnly: boolean): void {
    if (!/^[+-]?\d{1,10}$/.test(resourceName)) invalid(`Node id must be an integer, but it is: ${resourceName}`)
    if (Number(resourceName) !== this.#nodeId) {
      invalid(`Unexpected node id. Expected ${this.#nodeId}, but received ${resourceName}`)
    }
    for (const operation of operations) this.#check(operation)
    if (validateOnly) return
    for (const { name, configOperation, value } of operations) {
      this.#levels.set(name, configOperation === ConfigOperation.SET ? (value ?? undefined) : undefined)
    }
  }

  #check({ name, configOperation, value }: Operation): void {
    switch (configOperation) {
      case ConfigOperation.SET:
        this.#checkExists(name)
        if (!LEVELS.includes(value ?? '')) {
          const valid = `Valid log levels are ${LEVELS.join(', ')}`
          badConfig(`Cannot set the log level of ${name} to ${value} as it is not a supported log level. ${valid}`)
        }
        return
      case ConfigOperation.DELETE:
        this.#checkExists(name)
        if (name === ROOT) invalid('Removing the log level of the root logger is not allowed')
        return
      case ConfigOperation.APPEND:
        invalid('APPEND operation is not allowed for the BROKER_LOGGER resource')
        break
      case ConfigOperation.SUBTRACT:
        invalid('SUBTRACT operation is not allowed for the BROKER_LOGGER resource')
        break
      default:
        // Kafka trips over it.
        throw new KafkaError('UNKNOWN_SERVER_ERROR')
    }
  }

  #checkExists(name: string): void {
    if (!this.#levels.all().has(name)) badConfig(`Logger ${name} does not exist!`)
  }
}

function invalid(sentence: string): never {
  throw new KafkaError('INVALID_REQUEST', sentence)
}

function badConfig(sentence: string): never {
  throw new KafkaError('INVALID_CONFIG', sentence)
}
