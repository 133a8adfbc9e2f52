import { ErrorCode } from '../../../src/base/errors.ts'
import { buildBatch } from '../../../src/record/builder.ts'
import type { Send } from '../../history/event.ts'
import { ownProducerId, PRODUCE } from '../producer.ts'
import type { Ledger } from './ledger.ts'

const RETRY_MS = 50
const PATIENCE_MS = 120_000

/** Puts records without a transaction between those of transactions, each until it is acknowledged. */
export async function sendPlainly(name: string, ledger: Ledger): Promise<void> {
  const { recorder, random, input, partitions, isOver } = ledger
  const at = ledger.client()
  const producerId = await ownProducerId(at, ledger)
  if (producerId === undefined) return
  const sequences = new Map<number, number>()
  for (let number = 0; !isOver(); number++) {
    const partition = random.below(partitions)
    const baseSequence = sequences.get(partition) ?? 0
    sequences.set(partition, baseSequence + 1)
    const send: Send = { at: `${input}-${partition}`, value: `${name}:${number}` }
    recorder.invoke(name, 'transact')
    const end = at.scheduler.elapsedMs + PATIENCE_MS
    let offset: number | undefined
    while (offset === undefined && at.scheduler.elapsedMs < end) {
      try {
        const leader = await at.leader(input, partition)
        if (leader !== undefined && leader >= 0) {
          const timestamp = at.scheduler.wallMs
          const records = buildBatch({
            producerId,
            producerEpoch: 0,
            baseSequence,
            records: [{ timestamp, key: null, value: Buffer.from(send.value) }],
          })
          const topicData = [{ name: input, partitionData: [{ index: partition, records }] }]
          const answer = await at.broker(leader, PRODUCE, 9, { acks: -1, timeoutMs: 1500, topicData })
          const result = answer.responses[0]?.partitionResponses[0]
          if (result?.errorCode === 0) offset = result.baseOffset
          if (result?.errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) offset = -1
        }
      } catch {}
      if (offset !== undefined) continue
      at.forgetLeader(input, partition)
      await at.sleep(RETRY_MS)
    }
    recorder.transacted(name, {
      type: offset === undefined ? 'info' : 'ok',
      sends: [offset === undefined || offset < 0 ? send : { ...send, offset }],
      polls: [],
      moves: [],
    })
    await at.sleep(random.below(200))
  }
}
