import { describe, expect, test } from 'vitest'
import { LostLeaders } from '../../src/broker/lost-leaders.ts'
import { ManualClock } from '../storage/support.ts'

/** Brokers 1 and 2; 2 is about to be lost. */
function bench() {
  const clock = new ManualClock()
  const brokers = new Map([1, 2].map((id) => [id, { id, epoch: 10 + id, fenced: false }]))
  const image = { broker: (id: number) => brokers.get(id) }
  const lost = new LostLeaders({ image: () => image as never, clock })
  const answered: string[] = []
  const ask = (name: string, leader: number): void => {
    const waiting = lost.settled(() => lost.isLost(leader))
    if (waiting === undefined) answered.push(name)
    else waiting.then(() => answered.push(name))
  }
  const settle = async () => {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
  }
  return { clock, brokers, lost, answered, ask, settle }
}

describe('what is said of a leader whose connections broke', () => {
  test('waits until the controller has fenced it', async () => {
    const { brokers, lost, answered, ask, settle } = bench()
    ask('before', 2)
    lost.lost(2)
    ask('of it', 2)
    ask('of another', 1)
    lost.changed()
    await settle()
    expect(answered).toEqual(['before', 'of another'])
    brokers.set(2, { id: 2, epoch: 12, fenced: true })
    lost.changed()
    await settle()
    expect(answered).toEqual(['before', 'of another', 'of it'])
    ask('after', 2)
    expect(answered).toHaveLength(4)
  })

  test('is the old truth where it answers again, or nothing happens for long', async () => {
    const { clock, lost, answered, ask, settle } = bench()
    lost.lost(2)
    ask('a', 2)
    lost.found(2)
    await settle()
    expect(answered).toEqual(['a'])
    lost.lost(2)
    ask('b', 2)
    clock.advance(1_000)
    await settle()
    expect(answered).toEqual(['a', 'b'])
    ask('c', 2)
    expect(answered).toEqual(['a', 'b', 'c'])
  })

  test('does not wait for a process that has started anew, nor for a broker that nobody knows', () => {
    const { brokers, lost, answered, ask } = bench()
    lost.lost(2)
    lost.lost(3)
    brokers.set(2, { id: 2, epoch: 20, fenced: false })
    ask('a', 2)
    ask('b', 3)
    expect(answered).toEqual(['a', 'b'])
  })
})
