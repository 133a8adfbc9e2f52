import { describe, expect, it } from 'vitest'
import { refusal } from '../../support/refusal.ts'
import { ControllerRig, dirOf, SESSION_MS, uuid } from '../controller-rig.ts'

const fencedOf = (rig: ControllerRig) =>
  [...rig.image.brokers.values()].filter(({ fenced }) => fenced).map(({ id }) => id)

describe('a session', () => {
  it('ends one timeout after the last heartbeat, one broker at a time', () => {
    const rig = new ControllerRig().join(1, 2, 3)
    rig.topic('t', [1, 2, 3])
    rig.nowMs = 1000
    rig.heartbeat(3)
    expect(rig.deadlineMs).toBe(SESSION_MS)
    rig.nowMs = SESSION_MS
    rig.tick()
    expect(fencedOf(rig)).toEqual([1])
    expect(rig.partition('t')).toMatchObject({ leader: 2, isr: [2, 3] })
    expect(rig.deadlineMs).toBe(SESSION_MS)
    rig.tick()
    expect(fencedOf(rig)).toEqual([1, 2])
    expect(rig.partition('t')).toMatchObject({ leader: 3, isr: [3] })
    expect(rig.deadlineMs).toBe(1000 + SESSION_MS)
  })

  it('is granted anew to every unfenced broker by the next active controller', () => {
    const rig = new ControllerRig().join(1, 2)
    rig.fence(2)
    rig.nowMs = SESSION_MS - 1
    rig.failover()
    expect(rig.deadlineMs).toBe(SESSION_MS - 1 + SESSION_MS)
    rig.nowMs = SESSION_MS
    expect(rig.tick()).toEqual([])
    rig.nowMs = 2 * SESSION_MS
    rig.tick()
    expect(fencedOf(rig)).toEqual([1, 2])
    expect(rig.deadlineMs).toBe(Number.POSITIVE_INFINITY)
  })

  it('keeps another process from taking the id, until it ends', () => {
    const rig = new ControllerRig().join(1)
    const another = () => refusal(() => rig.register(1, { incarnationId: uuid(77) }))
    expect(another()).toBe('DUPLICATE_BROKER_REGISTRATION')
    rig.nowMs = SESSION_MS
    expect(another()).toBe('NONE')
    expect(rig.image.broker(1)).toMatchObject({ fenced: true, incarnationId: uuid(77) })
  })

  it('does not stand in the way of a process that was only registered and never heard of', () => {
    const rig = new ControllerRig()
    rig.register(1)
    expect(refusal(() => rig.register(1, { incarnationId: uuid(77) }))).toBe('NONE')
  })

  it('counts heartbeats of the present epoch only', () => {
    const rig = new ControllerRig().join(1)
    const old = rig.epochOf(1)
    rig.nowMs = SESSION_MS
    rig.register(1, { incarnationId: uuid(77) })
    expect(refusal(() => rig.heartbeat(1, { brokerEpoch: old }))).toBe('STALE_BROKER_EPOCH')
    expect(refusal(() => rig.register(1, { incarnationId: uuid(78) }))).toBe('NONE')
  })
})

describe('a lost broker', () => {
  const lose = (rig: ControllerRig, brokerId: number, brokerEpoch = rig.epochOf(brokerId)) =>
    rig.submit({ type: 'brokerLost', brokerId, brokerEpoch })

  it('is fenced at once, and a new process may take its id', () => {
    const rig = new ControllerRig().join(1, 2)
    rig.topic('t', [1, 2])
    lose(rig, 1)
    expect(fencedOf(rig)).toEqual([1])
    expect(rig.partition('t')).toMatchObject({ leader: 2, isr: [2] })
    expect(refusal(() => rig.register(1, { incarnationId: uuid(77) }))).toBe('NONE')
  })

  it('comes back with its next heartbeat, if it was alive after all', () => {
    const rig = new ControllerRig().join(1, 2)
    lose(rig, 1)
    expect(rig.heartbeat(1)).toMatchObject({ isFenced: false })
    expect(fencedOf(rig)).toEqual([])
  })

  it('is not a newer process, nor one that is fenced, unknown, or this one', () => {
    const rig = new ControllerRig().join(1, 2)
    const old = rig.epochOf(1)
    rig.nowMs = SESSION_MS
    rig.register(1, { incarnationId: uuid(77) })
    rig.heartbeat(1)
    for (const [broker, epoch] of [[1, old] as const, [9, 0] as const]) {
      lose(rig, broker, epoch)
      expect(rig.last).toEqual([])
    }
    rig.register(100, { incarnationId: uuid(99), logDirs: [dirOf(5)] })
    rig.heartbeat(100)
    lose(rig, 100)
    expect(rig.last).toEqual([])
    rig.fence(2)
    lose(rig, 2)
    expect(rig.last).toEqual([])
  })
})

describe("the controller's own broker", () => {
  const own = { incarnationId: uuid(99), logDirs: [dirOf(5)] }

  it('never falls silent', () => {
    const rig = new ControllerRig()
    rig.register(100, own)
    rig.heartbeat(100)
    for (rig.nowMs = 0; rig.nowMs <= 3 * SESSION_MS; rig.nowMs += SESSION_MS) expect(rig.tick()).toEqual([])
    expect(refusal(() => rig.register(100, { ...own, incarnationId: uuid(98) }))).toBe('DUPLICATE_BROKER_REGISTRATION')
  })

  it('registers at once although the process before it seems alive', () => {
    const rig = new ControllerRig()
    rig.register(100, { ...own, incarnationId: uuid(98) })
    rig.heartbeat(100)
    rig.failover()
    expect(refusal(() => rig.register(100, { ...own, incarnationId: uuid(97) }))).toBe('DUPLICATE_BROKER_REGISTRATION')
    expect(refusal(() => rig.register(100, own))).toBe('NONE')
  })

  it('does not hold up another that leaves', () => {
    const rig = new ControllerRig().join(1)
    rig.register(100, own)
    rig.heartbeat(100, { currentMetadataOffset: rig.offset })
    rig.topic('t', [1, 100])
    expect(rig.heartbeat(1, { wantShutDown: true }).shouldShutDown).toBe(false)
    expect(rig.heartbeat(1, { wantShutDown: true }).shouldShutDown).toBe(true)
  })
})

describe('a controlled shutdown', () => {
  it('waits for the active brokers, not for fenced ones', () => {
    const rig = new ControllerRig().join(1, 2, 3)
    rig.topic('t', [1, 2])
    rig.fence(3)
    expect(rig.heartbeat(1, { wantShutDown: true })).toMatchObject({ shouldShutDown: false, isFenced: false })
    expect(rig.image.broker(1)).toMatchObject({ inControlledShutdown: true, fenced: false })
    const needed = rig.offset - 1
    rig.heartbeat(2, { currentMetadataOffset: needed - 1 })
    expect(rig.heartbeat(1, { wantShutDown: true }).shouldShutDown).toBe(false)
    rig.heartbeat(2, { currentMetadataOffset: needed })
    expect(rig.heartbeat(1, { wantShutDown: true })).toMatchObject({ shouldShutDown: true, isFenced: true })
  })

  it('is over at once for a broker that leads nothing, or is fenced', () => {
    const rig = new ControllerRig().join(1, 2)
    rig.topic('t', [1, 2])
    expect(rig.heartbeat(2, { wantShutDown: true }).shouldShutDown).toBe(true)
    rig.fence(1)
    expect(rig.heartbeat(1, { wantShutDown: true }).shouldShutDown).toBe(true)
  })

  it('lets the next process register without waiting, and leaves the broker usable', () => {
    const rig = new ControllerRig().join(1, 2)
    rig.heartbeat(2, { wantShutDown: true })
    const topic = { name: 't', numPartitions: 1, replicationFactor: 2, assignments: [], configs: [] }
    const [created] = rig.submit({ type: 'createTopics', topics: [topic], validateOnly: false })
    expect(created?.error).toBe('NONE')
    expect(rig.partition('t')).toMatchObject({ replicas: [1, 2], isr: [1] })
    expect(refusal(() => rig.register(2, { incarnationId: uuid(77) }))).toBe('NONE')
    expect(rig.image.broker(2)?.inControlledShutdown).toBe(false)
  })

  it('goes on under the next controller', () => {
    const rig = new ControllerRig().join(1, 2)
    rig.topic('t', [1, 2])
    rig.heartbeat(1, { wantShutDown: true })
    rig.failover()
    expect(rig.heartbeat(1, { wantShutDown: true }).shouldShutDown).toBe(true)
  })
})

describe('a registration', () => {
  it('of a process that was clean keeps its replicas eligible; of another it does not (KIP-966)', () => {
    for (const clean of [true, false]) {
      const rig = new ControllerRig().join(1, 2)
      expect(rig.config('', 'min.insync.replicas', '2', 4)?.error).toBe('NONE')
      rig.topic('t', [1, 2])
      const previousBrokerEpoch = clean ? rig.epochOf(2) : -1
      rig.nowMs = SESSION_MS
      rig.heartbeat(1)
      rig.register(2, { incarnationId: uuid(77), previousBrokerEpoch })
      expect(rig.partition('t')).toMatchObject({ isr: [1], elr: clean ? [2] : [] })
    }
  })

  it('without eligible leaders leaves the last in-sync replica where it is', () => {
    const rig = new ControllerRig({ features: { 'eligible.leader.replicas.version': 0 } }).join(1)
    rig.topic('t', [1])
    rig.nowMs = SESSION_MS
    rig.register(1, { incarnationId: uuid(77) })
    expect(rig.partition('t')).toMatchObject({ leader: -1, isr: [1] })
    rig.heartbeat(1)
    expect(rig.partition('t')).toMatchObject({ leader: 1, isr: [1], leaderRecoveryState: 0 })
  })

  it('is caught up where its own record is, behind those that clean up', () => {
    const rig = new ControllerRig().join(1, 2)
    rig.topic('t', [1, 2], [1, 2])
    rig.nowMs = SESSION_MS
    rig.register(1, { incarnationId: uuid(77) })
    const registeredAt = rig.offset - 1
    expect(rig.heartbeat(1, { currentMetadataOffset: registeredAt - 1 })).toMatchObject({ isCaughtUp: false })
    expect(rig.heartbeat(1, { currentMetadataOffset: registeredAt })).toMatchObject({ isCaughtUp: true })
  })

  it('names metadata.version and covers what is finalized', () => {
    const rig = new ControllerRig({ kraft: { current: () => 1 } })
    const features = (...list: [string, number, number][]) => ({
      features: list.map(([name, min, max]) => ({ name, min, max })),
    })
    const all: [string, number, number][] = [
      ['metadata.version', 7, 30],
      ['kraft.version', 0, 1],
      ['transaction.version', 0, 2],
      ['group.version', 0, 1],
      ['eligible.leader.replicas.version', 0, 1],
      ['share.version', 0, 1],
      ['streams.version', 0, 1],
    ]
    const without = (name: string) => features(...all.filter(([feature]) => feature !== name))
    expect(refusal(() => rig.register(1, features(...all)))).toBe('NONE')
    expect(refusal(() => rig.register(2, without('metadata.version')))).toBe('INVALID_REGISTRATION')
    expect(refusal(() => rig.register(2, without('kraft.version')))).toBe('UNSUPPORTED_VERSION')
    expect(refusal(() => rig.register(2, without('group.version')))).toBe('UNSUPPORTED_VERSION')
    expect(refusal(() => rig.register(2, features(['metadata.version', 7, 29])))).toBe('UNSUPPORTED_VERSION')
  })
})
