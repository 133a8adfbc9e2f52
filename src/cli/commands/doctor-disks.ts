import { existsSync, mkdtempSync, rmdirSync, statfsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { BrokerConfig } from '../../config/broker-config.ts'
import { NodeDisk } from '../../io/node-disk.ts'
import { readMetaProperties } from '../../storage/meta-properties.ts'
import { bytesText } from '../terminal/table.ts'
import { errorCode } from '../user-error.ts'
import type { Finding } from './doctor-finding.ts'

const LITTLE_BYTES = 1024 ** 3
const LITTLE_PART = 0.05

/** Whether log directories can be written, have room, are formatted and belong together. */
export function diskFindings(config: BrokerConfig): Finding[] {
  const dirs = [...new Set([...config.logDirs, config.metadataLogDir])].map((dir) => resolve(dir))
  const ids = new Set<string>()
  const findings = dirs.flatMap((dir) => unwritable(dir) ?? [room(dir), ...format(dir, config, ids)])
  if (ids.size > 1) {
    const fix = 'Take those of other clusters out of log.dirs.'
    findings.push({ level: 'problem', about: 'log directories', text: `are of ${ids.size} clusters`, fix })
  }
  return findings
}

/** The directory, or the nearest above it that is there. */
function existingOf(dir: string): string {
  let existing = dir
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing)
  return existing
}

/** Tries it: permissions alone don't tell of read-only file systems, and nothing of what root may. */
function unwritable(dir: string): Finding[] | undefined {
  const existing = existingOf(dir)
  try {
    rmdirSync(mkdtempSync(join(existing, '.doctor-')))
    return undefined
  } catch (error) {
    const fix = 'Let the user that runs the node write it, or set another directory in log.dirs.'
    return [{ level: 'problem', about: dir, text: `can't be written (${errorCode(error)} at ${existing})`, fix }]
  }
}

function room(dir: string): Finding {
  const about = dir
  const { bavail, bsize, blocks } = statfsSync(existingOf(dir))
  const [free, total] = [bavail * bsize, blocks * bsize]
  const text = `${bytesText(free)} of ${bytesText(total)} are free`
  if (free > LITTLE_BYTES && free > total * LITTLE_PART) return { level: 'ok', about, text }
  const fix = 'Make room, or lower retention.bytes and retention.ms: a node stops when its last log directory is full.'
  return { level: free < LITTLE_BYTES / 10 ? 'problem' : 'warning', about, text: `only ${text}`, fix }
}

function format(dir: string, config: BrokerConfig, ids: Set<string>): Finding[] {
  const about = dir
  try {
    const meta = readMetaProperties(new NodeDisk().blocking, dir)
    if (meta === undefined) {
      const fix =
        'odradek storage format -t $(odradek storage random-uuid) -c FILE; a node that is its own cluster does it itself when it starts.'
      return [{ level: 'warning', about, text: 'is not formatted', fix }]
    }
    ids.add(meta.clusterId)
    if (meta.nodeId === config.nodeId) return [{ level: 'ok', about, text: `formatted for cluster ${meta.clusterId}` }]
    const fix = `Set node.id to ${meta.nodeId}, or log.dirs to this node's directories.`
    return [{ level: 'problem', about, text: `belongs to node ${meta.nodeId}, not ${config.nodeId}`, fix }]
  } catch (error) {
    return [{ level: 'problem', about, text: error instanceof Error ? error.message : String(error) }]
  }
}
