import { expect, it } from 'vitest'
import type { Logger } from '../../src/io/ports.ts'
import type { PeerClient, PeerDirectory } from '../../src/runtime/peer-types.ts'
import { RaftNetwork } from '../../src/runtime/raft-network.ts'
import { Life, SimulatedClock } from '../simulation/machine-room.ts'
import { Scheduler, settle } from '../simulation/scheduler.ts'

const CLUSTER_AUTHORIZATION_FAILED = 31
/** Of an authorizer that has not read its ACLs. */
const UNKNOWN_SERVER_ERROR = -1
const VOTER = { id: 2, directoryId: 'AAAAAAAAAAAAAAAAAAAAAg' }

it.each([CLUSTER_AUTHORIZATION_FAILED, UNKNOWN_SERVER_ERROR])(
  'says, once, that a controller refuses it before anybody can read ACLs: error %i',
  async (errorCode) => {
    const warnings: { readonly host?: string; readonly message: string }[] = []
    const log = (fields: object | string, message?: string) => {
      warnings.push(typeof fields === 'string' ? { message: fields } : { ...fields, message: message ?? '' })
    }
    const logger: Logger = { debug: () => {}, info: () => {}, warn: log, error: log, child: () => logger }
    const address = { host: 'other', port: 9093 }
    const request = async () => ({ errorCode, topics: [], nodeEndpoints: [] })
    const client = { address, isConnected: true, request, retryNow() {}, onClosed: () => () => {}, close() {} }
    const peers: PeerDirectory = { to: () => client as PeerClient }
    const replies: unknown[] = []
    const network = new RaftNetwork({
      peers,
      logger,
      clock: new SimulatedClock(new Scheduler(), new Life(), 'node'),
      caller: { clusterId: 'c', listenerName: 'CONTROLLER' },
      step: (event) => replies.push(event),
      leaderId: () => -1,
      onLeaderHighWatermark: () => {},
      onForeignCluster: () => {},
    })
    const vote = {
      type: 'vote',
      candidate: VOTER,
      voter: VOTER,
      epoch: 1,
      logEnd: { offset: 0, epoch: 0 },
      preVote: true,
    }
    for (const id of [1, 2, 3]) {
      network.send({ kind: 'request', id, to: { ...address, id: 2 }, request: vote, timeoutMs: 1_000 } as never)
      await settle()
    }
    expect(replies).toHaveLength(3)
    expect(warnings).toEqual([
      expect.objectContaining({ host: 'other', message: expect.stringMatching(/super\.users/) }),
    ])
  },
)
