import { readFileSync } from 'node:fs'

/** The release of Apache Kafka whose behaviour, formats and configs this broker has. */
export const KAFKA_VERSION = '4.3.1'

export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return version
}
