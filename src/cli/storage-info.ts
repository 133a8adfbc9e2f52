import type { BlockingDisk } from '../io/ports.ts'
import { type MetaProperties, readMetaProperties } from '../storage/meta-properties.ts'

/** What `kafka-storage.sh info` prints, and whether something is wrong. */
export function storageInfo(directories: readonly string[], disk: BlockingDisk): { lines: string[]; healthy: boolean } {
  const found: string[] = []
  const problems: string[] = []
  let first: MetaProperties | undefined
  for (const dir of [...directories].sort()) {
    const stat = disk.stat(dir)
    if (!stat?.isDirectory) {
      problems.push(`${dir} ${stat ? 'is not a directory' : 'does not exist'}`)
      continue
    }
    found.push(dir)
    try {
      const meta = readMetaProperties(disk, dir)
      if (!meta) problems.push(`${dir} is not formatted.`)
      else if (first && first.clusterId !== meta.clusterId) {
        problems.push('Mismatched cluster IDs between storage directories.')
      } else if (first && first.nodeId !== meta.nodeId)
        problems.push('Mismatched node IDs between storage directories.')
      first ??= meta
    } catch (error) {
      problems.push(`Error loading ${dir}/meta.properties: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  const lines = [...section('Found log director', ['y:', 'ies:'], found)]
  if (first) {
    const { clusterId, directoryId, nodeId } = first
    lines.push(
      `Found metadata: {cluster.id=${clusterId}, directory.id=${directoryId}, node.id=${nodeId}, version=1}`,
      '',
    )
  }
  lines.push(...section('Found problem', [':', 's:'], problems))
  return { lines, healthy: problems.length === 0 }
}

function section(title: string, [one, many]: readonly [string, string], items: readonly string[]): string[] {
  if (items.length === 0) return []
  return [title + (items.length === 1 ? one : many), ...items.map((item) => `  ${item}`), '']
}
