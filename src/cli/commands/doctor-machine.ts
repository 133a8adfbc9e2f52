import { readFileSync } from 'node:fs'
import type { Finding } from './doctor-finding.ts'

const OLDEST_NODE = 24
const FEW_FILES = 10_000
/** Before this was written no clock is right. */
const EARLIEST_MS = Date.UTC(2026, 0, 1)

export function nodeFindings(): Finding[] {
  return [nodeVersion(), clock(), ...openFiles()]
}

function nodeVersion(): Finding {
  const { node } = process.versions
  const isNew = Number.parseInt(node, 10) >= OLDEST_NODE
  const about = 'Node'
  if (isNew) return { level: 'ok', about, text: node }
  return { level: 'problem', about, text: `${node} is too old`, fix: `Use Node ${OLDEST_NODE} or newer.` }
}

function clock(): Finding {
  const text = new Date().toISOString()
  if (Date.now() >= EARLIEST_MS) return { level: 'ok', about: 'clock', text }
  const fix = 'Set the clock (NTP): retention, transactions and TLS certificates go by it.'
  return { level: 'problem', about: 'clock', text: `${text} can't be`, fix }
}

/** Where the system tells. */
function openFiles(): Finding[] {
  let text: string
  try {
    text = readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return []
  }
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(text)?.[1]
  if (soft === undefined) return []
  const about = 'open files'
  if (soft === 'unlimited' || Number(soft) >= FEW_FILES) return [{ level: 'ok', about, text: `up to ${soft}` }]
  const fix = 'Raise it (ulimit -n 100000, LimitNOFILE= of systemd): each partition and each client takes some.'
  return [{ level: 'warning', about, text: `only ${soft} may be open`, fix }]
}
