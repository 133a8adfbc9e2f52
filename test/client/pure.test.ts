import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../src/client/consumer-protocol.ts'
import { murmur2, partitionOfKey } from '../../src/client/partitioner.ts'

describe('the partitioner', () => {
  // From Kafka's own clients.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ])('hashes %s as Kafka does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash)
  })

  test('gives each key one of the partitions', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 1000 }), (key, partitions) => {
        const partition = partitionOfKey(key, partitions)
        return partition >= 0 && partition < partitions
      }),
    )
  })
})

describe('what members of a group tell each other', () => {
  test('comes back', () => {
    const topic = fc.string({ minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.uniqueArray(topic, { maxLength: 5 }), (topics) => {
        expect(decodeSubscription(encodeSubscription({ topics }))).toEqual({ topics })
        const partitions = topics.flatMap((name) => [0, 3].map((partition) => ({ topic: name, partition })))
        expect(decodeAssignment(encodeAssignment(partitions))).toEqual(partitions)
      }),
    )
  })

  test('is nothing where it is something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        decodeSubscription(Buffer.from(bytes))
        decodeAssignment(Buffer.from(bytes))
      }),
    )
    expect(decodeSubscription(Buffer.from('connect'))).toBe(undefined)
  })
})
