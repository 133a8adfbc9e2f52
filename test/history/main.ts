import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { check, describeAnomalies } from './check.ts'
import { parseHistory } from './event.ts'

const HELP = `npm run check-history -- FILE…
  Checks histories that npm run simulate or npm run chaos kept with --history FILE.
`

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean', short: 'h' } },
})

if (values.help || positionals.length === 0) console.log(HELP)
for (const file of positionals) {
  const { anomalies, committed, aborted, unknown, records, interleaved } = check(
    parseHistory(readFileSync(file, 'utf8')),
  )
  console.log(
    `${file}: ${anomalies.length} anomalies; ${committed} transactions committed, ${aborted} aborted, ${unknown} unknown; ` +
      `${records} records; ${interleaved} groups of interleaved writes`,
  )
  for (const line of describeAnomalies(anomalies)) console.log(`  ${line}`)
  if (anomalies.length > 0) process.exitCode = 1
}
