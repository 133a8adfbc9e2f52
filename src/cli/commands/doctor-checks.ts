import type { BrokerConfig } from '../../config/broker-config.ts'
import { refuseUnsupported } from '../../config/unsupported.ts'
import { withoutEffect } from '../../config/without-effect.ts'
import { loadConfig, parseOverrides } from '../load-config.ts'
import { sentenceFor } from '../user-error.ts'
import { diskFindings } from './doctor-disks.ts'
import type { Finding } from './doctor-finding.ts'
import { nodeFindings } from './doctor-machine.ts'
import { listenerFindings } from './doctor-network.ts'
import { tlsFindings } from './doctor-tls.ts'

/** Looks at everything that can be wrong before, or while, a node runs. */
export async function examine(file: string | undefined, overrides: readonly string[]): Promise<Finding[]> {
  const findings: Finding[] = nodeFindings()
  const config = configOf(file, overrides, findings)
  if (config === undefined) return findings
  findings.push(...diskFindings(config))
  findings.push(...tlsFindings(config))
  findings.push(...(await listenerFindings(config)))
  return findings
}

function configOf(
  file: string | undefined,
  overrides: readonly string[],
  findings: Finding[],
): BrokerConfig | undefined {
  const about = 'configuration'
  try {
    const config = loadConfig(file, parseOverrides(overrides))
    refuseUnsupported(config)
    const roles = [...config.roles].join(' and ')
    findings.push({
      level: 'ok',
      about,
      text: `${file ?? 'none given: the built-in one'} (node ${config.nodeId}, ${roles})`,
    })
    const unread = withoutEffect(config)
    for (const text of [...config.warnings, ...(unread === undefined ? [] : [unread])]) {
      findings.push({ level: 'warning', about, text })
    }
    return config
  } catch (error) {
    const text = sentenceFor(error) ?? (error instanceof Error ? error.message : String(error))
    findings.push({ level: 'problem', about, text })
    return undefined
  }
}
