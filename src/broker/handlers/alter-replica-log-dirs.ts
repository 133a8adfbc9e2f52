import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
} from '../../protocol/messages/alter-replica-log-dirs.ts'
import { type Handler, handler } from '../handler.ts'
import type { ReplicaMoves } from '../replica-moves.ts'

/** The answer says that moves have begun: DescribeLogDirs tells how far they are. */
export function alterReplicaLogDirsHandler({ moves }: { readonly moves: Pick<ReplicaMoves, 'move'> }): Handler {
  return handler(ApiKey.AlterReplicaLogDirs, AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse, ({ dirs }) => {
    const all = dirs.flatMap(({ path, topics }) =>
      topics.flatMap(({ name, partitions }) => partitions.map((partition) => ({ path, name, partition }))),
    )
    // Of a partition that is asked for twice the last word holds.
    const wanted = new Map(all.map((one) => [`${one.name}-${one.partition}`, one])).values()
    const results = [...Map.groupBy(wanted, ({ name }) => name)].map(([topicName, parts]) => ({
      topicName,
      partitions: parts.map(({ path, partition }) => ({
        partitionIndex: partition,
        errorCode: codeOf(() => moves.move(topicName, partition, path)),
      })),
    }))
    return { throttleTimeMs: 0, results }
  })
}

function codeOf(work: () => void): number {
  try {
    work()
    return ErrorCode.NONE
  } catch (error) {
    if (error instanceof KafkaError) return error.code
    throw error
  }
}
