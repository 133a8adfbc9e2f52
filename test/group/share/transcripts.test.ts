import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ShareScenario } from './scenario.ts'

/** The life of share groups as text, as in the transcripts of other groups; UPDATE=1 writes them anew. */
const folder = new URL('./transcripts/', import.meta.url)

function play(text: string): string {
  const scenario = new ShareScenario()
  const lines: string[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('  ')) continue
    lines.push(line)
    if (line.startsWith('> ')) for (const said of scenario.run(line.slice(2))) lines.push(`  ${said}`)
  }
  return lines.join('\n')
}

test.each(readdirSync(folder).sort())('%s', (name) => {
  const file = new URL(name, folder)
  const text = readFileSync(file, 'utf8')
  const played = play(text)
  if (process.env.UPDATE) writeFileSync(file, played)
  else expect(played).toBe(text)
})
