import { expect, test } from 'vitest'
import { silentLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { RefusingDirectories } from '../../src/storage/refusing-directories.ts'
import { ManualClock } from './support.ts'

const NO_ROOM = new Error('ENOSPC: no space left on device')
const turns = async () => {
  for (let count = 0; count < 20; count++) await Promise.resolve()
}

function watched() {
  const disk = new MemoryDisk()
  disk.blocking.makeDirectory('/d')
  const clock = new ManualClock()
  const said: string[] = []
  const say = (_: object | string, text?: string): void => void said.push(String(text))
  const logger = { ...silentLogger, error: say, info: say }
  let changes = 0
  const refusing = new RefusingDirectories(disk, clock, logger, () => {
    changes++
  })
  const pass = async (ms: number) => {
    clock.advance(ms)
    await turns()
  }
  const room = (has: boolean): void => {
    disk.faults.fail = (operation) => (operation === 'write' && !has ? 'ENOSPC' : undefined)
  }
  return { disk, said, refusing, pass, room, changes: () => changes }
}

test('a directory that takes no records is told of once, until there is room', async () => {
  const { disk, said, refusing, pass, room, changes } = watched()
  room(false)
  for (let count = 0; count < 50; count++) refusing.refused('/d', NO_ROOM)
  expect([refusing.has('/d'), refusing.has('/e')]).toEqual([true, false])
  for (let seconds = 0; seconds < 5; seconds++) await pass(1_000)
  expect([refusing.has('/d'), said.length, changes()]).toEqual([true, 1, 1])
  room(true)
  await pass(1_000)
  expect([refusing.has('/d'), said.length, changes()]).toEqual([false, 2, 2])
  // What was written to find out is gone.
  expect(disk.blocking.entries('/d')).toEqual([])
})

test('one that soon has no room again is asked ever more rarely', async () => {
  const { refusing, pass } = watched()
  const gaps: number[] = []
  for (let round = 0; round < 8; round++) {
    refusing.refused('/d', NO_ROOM)
    let ms = 0
    for (; refusing.has('/d'); ms += 500) await pass(500)
    gaps.push(ms / 1_000)
  }
  expect(gaps).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
  await pass(60_000)
  refusing.refused('/d', NO_ROOM)
  await pass(1_000)
  expect(refusing.has('/d')).toBe(false)
})
