import { ErrorCode } from '../../base/errors.ts'
import type { Logger } from '../../io/ports.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DescribeLogDirsRequest,
  type DescribeLogDirsRequestData,
  DescribeLogDirsResponse,
} from '../../protocol/messages/describe-log-dirs.ts'
import type { Log } from '../../storage/log.ts'
import type { LogDirectory, LogManager } from '../../storage/log-manager.ts'
import { type Handler, handler } from '../handler.ts'

export interface DescribeLogDirsDeps {
  readonly logs: Pick<LogManager, 'directories' | 'space' | 'future' | 'get'>
  readonly logger: Logger
  /** cordoned.log.dirs (KIP-1066). */
  readonly isCordoned: (dir: string) => boolean
}

export function describeLogDirsHandler(deps: DescribeLogDirsDeps): Handler {
  return handler(ApiKey.DescribeLogDirs, DescribeLogDirsRequest, DescribeLogDirsResponse, async (request) => {
    const isAsked = filterOf(request.topics)
    const results = await Promise.all(deps.logs.directories.map((dir) => describe(deps, dir, isAsked)))
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, results }
  })
}

type LogFilter = (log: Log) => boolean

function filterOf(topics: DescribeLogDirsRequestData['topics']): LogFilter {
  if (topics === null) return () => true
  const asked = new Map<string, Set<number>>()
  for (const { topic, partitions } of topics) {
    const known = asked.get(topic) ?? new Set<number>()
    for (const partition of partitions) known.add(partition)
    asked.set(topic, known)
  }
  return (log) => asked.get(log.topic)?.has(log.partition) ?? false
}

async function describe(deps: DescribeLogDirsDeps, dir: LogDirectory, isAsked: LogFilter) {
  const logDir = dir.path
  if (!dir.online) return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, logDir, topics: [] }
  try {
    const { total, usable } = await deps.logs.space(dir)
    const live = dir.logs.map((log) => ({ log, described: describeLog(log) }))
    const future = deps.logs.future.in(dir).map((log) => ({ log, described: describeFuture(deps, log) }))
    const topics = [
      ...Map.groupBy(
        [...live, ...future].filter(({ log }) => isAsked(log)),
        ({ log }) => log.topic,
      ),
    ]
    return {
      errorCode: ErrorCode.NONE,
      logDir,
      topics: topics.map(([name, logs]) => ({ name, partitions: logs.map(({ described }) => described) })),
      totalBytes: total,
      usableBytes: usable,
      isCordoned: deps.isCordoned(logDir),
    }
  } catch (error) {
    deps.logger.error({ err: error, dir: logDir }, 'a log directory could not be described')
    return { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, logDir, topics: [] }
  }
}

/** A copy that is to take the log's place; it is behind by what it still has to take. */
function describeFuture({ logs }: DescribeLogDirsDeps, log: Log) {
  const end = logs.get(log.topic, log.partition)?.logEndOffset ?? log.logEndOffset
  return { ...describeLog(log), offsetLag: Math.max(end - log.logEndOffset, 0), isFutureKey: true }
}

function describeLog(log: Log) {
  return {
    partitionIndex: log.partition,
    partitionSize: log.sizeInBytes,
    offsetLag: Math.max(log.highWatermark - log.logEndOffset, 0),
    isFutureKey: false,
  }
}
