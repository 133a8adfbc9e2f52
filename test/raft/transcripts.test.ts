import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { playTranscript } from './player.ts'

const DIR = join(import.meta.dirname, 'transcripts')

/** `REWRITE=1` writes down what happens now; read the difference before it is committed. */
describe('raft transcripts', () => {
  for (const file of readdirSync(DIR).sort()) {
    it(file.replace('.txt', ''), () => {
      const path = join(DIR, file)
      const written = readFileSync(path, 'utf8')
      const played = playTranscript(written)
      if (process.env.REWRITE) writeFileSync(path, played)
      else expect(played).toBe(written)
    })
  }
})
