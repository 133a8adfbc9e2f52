import { type DirectoryId, uuidFromText } from '../base/ids.ts'
import type { BlockingDisk } from '../io/ports.ts'
import { LogDirectoryError } from './log-directory-error.ts'
import { META_PROPERTIES_FILE } from './names.ts'

/** The identity of a log directory, written by `storage format`. */
export interface MetaProperties {
  readonly clusterId: string
  readonly nodeId: number
  readonly directoryId: DirectoryId
}

/** As java.util.Properties stores it, without its comment line of the date. */
export function formatMetaProperties(meta: MetaProperties): string {
  return `#\nversion=1\ncluster.id=${meta.clusterId}\nnode.id=${meta.nodeId}\ndirectory.id=${meta.directoryId}\n`
}

function valuesOf(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#!=:\s][^=:\s]*)\s*[=:]\s*(.*?)\s*$/.exec(line)
    if (match) values.set(match[1] as string, match[2] as string)
  }
  return values
}

/** Throws one sentence where the file is not what a formatted directory has. */
export function parseMetaProperties(text: string, path: string): MetaProperties {
  const values = valuesOf(text)
  const want = (name: string): string => {
    const value = values.get(name)
    if (value === undefined || value === '')
      throw new LogDirectoryError(`${path} has no ${name}: format the directory again`)
    return value
  }
  if (want('version') !== '1')
    throw new LogDirectoryError(`${path} has version ${values.get('version')}, only 1 is known`)
  const nodeId = Number(want('node.id'))
  const directory = want('directory.id')
  const directoryId = uuidFromText(directory)
  if (!Number.isInteger(nodeId))
    throw new LogDirectoryError(`${path} has a malformed node.id: ${values.get('node.id')}`)
  if (directoryId === undefined) throw new LogDirectoryError(`${path} has a malformed directory.id: ${directory}`)
  return { clusterId: want('cluster.id'), nodeId, directoryId }
}

/** Undefined where the directory was never formatted. */
export function readMetaProperties(disk: BlockingDisk, dir: string): MetaProperties | undefined {
  const path = `${dir}/${META_PROPERTIES_FILE}`
  const bytes = disk.readFile(path)
  return bytes && parseMetaProperties(bytes.toString('utf8'), path)
}

/** Gives the directory an id where it has none: Kafka's did not before 3.7, and get one at their first start since. */
export function completeMetaProperties(disk: BlockingDisk, dir: string, newId: () => string): void {
  const path = `${dir}/${META_PROPERTIES_FILE}`
  const text = disk.readFile(path)?.toString('utf8')
  if (text === undefined) return
  const values = valuesOf(text)
  if (values.get('version') !== '1' || values.has('directory.id')) return
  disk.replaceFile(path, `${text.trimEnd()}\ndirectory.id=${newId()}\n`)
}

export function writeMetaProperties(disk: BlockingDisk, dir: string, meta: MetaProperties): void {
  disk.replaceFile(`${dir}/${META_PROPERTIES_FILE}`, formatMetaProperties(meta))
}
