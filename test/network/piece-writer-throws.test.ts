import { expect, test } from 'vitest'
import type { NetSocket } from '../../src/io/ports.ts'
import { PieceWriter } from '../../src/network/piece-writer.ts'

test.each([1, 3])('a socket that throws at %i piece(s) fails its connection and is done once', (count) => {
  const callbacks: (() => void)[] = []
  const socket = {
    encrypted: true,
    destroyed: false,
    cork: () => {},
    uncork: () => {},
    write: (_piece: Buffer, sent?: () => void) => {
      if (sent === undefined) return true
      callbacks.push(sent)
      throw new TypeError('no handle')
    },
  } as unknown as NetSocket
  const failures: Error[] = []
  let sent = 0
  const pieces = Array.from({ length: count }, () => Buffer.alloc(20_000))
  new PieceWriter(socket, (error) => failures.push(error)).write(pieces, 20_000 * count, () => {
    sent += 1
  })
  if (count > 1) for (const callback of callbacks) callback()
  expect(sent).toBe(1)
  expect(failures.map(({ message }) => message)).toEqual(['no handle'])
})
