import type { BrokerConfig } from '../config/broker-config.ts'
import { LogDirectoryError } from '../storage/log-directory-error.ts'
import type { LogManager } from '../storage/log-manager.ts'

/**
 * What a node can't go on without, as Kafka's can't: the directory of the metadata log, and any one of the others.
 * Undefined: those that are left serve on.
 */
export function fatalFailure(
  { metadataLogDir }: BrokerConfig,
  dir: string,
  cause: Error,
  logs: Pick<LogManager, 'directories'> | undefined,
): LogDirectoryError | undefined {
  if (dir === metadataLogDir) {
    const sentence = `Repair the disk of ${dir}, which holds the metadata log, and start again: ${cause.message}.`
    return new LogDirectoryError(sentence, { cause })
  }
  const others = logs?.directories ?? []
  if (others.length === 0 || others.some(({ online }) => online)) return undefined
  const paths = others.map(({ path }) => path).join(', ')
  return new LogDirectoryError(`Repair the disks of ${paths} and start again: all log directories have failed.`, {
    cause,
  })
}
