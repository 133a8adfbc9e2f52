import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'

export interface Scenario {
  /** Does what a line says, and says what came of it. */
  run(line: string): readonly string[]
}

/**
 * Stories as text, each a test: `> ` lines are what happens, the indented lines after them what the machine says about it.
 * UPDATE=1 writes the lines of the machine anew; read the difference before you keep it.
 */
export function testTranscripts(folder: URL, newScenario: () => Scenario): void {
  test.each(readdirSync(folder).sort())('%s', (name) => {
    const file = new URL(name, folder)
    const text = readFileSync(file, 'utf8')
    const played = play(text, newScenario())
    if (process.env.UPDATE) writeFileSync(file, played)
    else expect(played).toBe(text)
  })
}

function play(text: string, scenario: Scenario): string {
  const lines: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('  ')) continue
    lines.push(line)
    if (line.startsWith('> ')) for (const said of scenario.run(line.slice(2))) lines.push(`  ${said}`)
  }
  return lines.join('\n')
}
