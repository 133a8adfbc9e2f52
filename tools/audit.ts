import { spawnSync } from 'node:child_process'

/** Fails where a dependency that users install has a known hole of weight; says so where the registry answers no audits. */

interface Audit {
  readonly vulnerabilities?: Readonly<Record<string, { readonly name: string; readonly severity: string }>>
}

const GRAVE: ReadonlySet<string> = new Set(['high', 'critical'])
const TIMEOUT_MS = 60_000

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', timeout: TIMEOUT_MS })
const audit = parsed(stdout)
if (audit.vulnerabilities === undefined) {
  console.log('SKIPPED: the audit of dependencies, which the registry does not answer')
} else {
  const grave = Object.values(audit.vulnerabilities).filter(({ severity }) => GRAVE.has(severity))
  for (const { name, severity } of grave) console.log(`${name} has a known vulnerability: ${severity}`)
  console.log(`${Object.keys(audit.vulnerabilities).length} dependencies with known vulnerabilities`)
  process.exitCode = grave.length > 0 ? 1 : 0
}

function parsed(text: string): Audit {
  try {
    return JSON.parse(text) as Audit
  } catch {
    return {}
  }
}
