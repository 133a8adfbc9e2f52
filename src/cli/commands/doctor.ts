import { Command } from 'commander'
import { print, printJson } from '../terminal/output.ts'
import { bad, good } from '../terminal/table.ts'
import { collect, withExamples } from './common.ts'
import type { Finding } from './doctor-finding.ts'

export function doctorCommand(): Command {
  return withExamples(
    new Command('doctor')
      .description('check a configuration and this machine, and say what to fix; exit code 1 where something is broken')
      .argument('[file]', "Kafka's server.properties; without one, what a node without a file runs with")
      .option('--override <key=value>', 'set a property over the file, may be repeated', collect, [])
      .option('--json', 'print JSON, for programs')
      .action(async (file: string | undefined, flags: { override: string[]; json?: boolean }) => {
        const { examine } = await import('./doctor-checks.ts')
        const findings = await examine(file, flags.override)
        if (flags.json) printJson(findings)
        else for (const finding of findings) show(finding)
        if (findings.some(({ level }) => level === 'problem')) process.exitCode = 1
      }),
    ['doctor', 'doctor config/server.properties', 'doctor server.properties --json'],
  )
}

const SIGNS = { ok: '✓', warning: '!', problem: '✗' } as const

function show({ level, about, text, fix }: Finding): void {
  const sign = level === 'ok' ? good(SIGNS.ok) : level === 'problem' ? bad(SIGNS.problem) : SIGNS.warning
  print(`${sign} ${about}: ${text}${fix === undefined ? '' : `\n    → ${fix}`}`)
}
