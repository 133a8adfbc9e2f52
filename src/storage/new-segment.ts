import type { LogEnvironment } from './environment.ts'
import type { LogConfig } from './log-config.ts'
import { LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX } from './names.ts'
import { type Folder, Segment } from './segment.ts'

export function jitter(env: LogEnvironment, config: LogConfig): number {
  const bound = Math.min(config.segmentJitterMs, config.segmentMs)
  return bound <= 0 ? 0 : env.random.below(bound)
}

/** The files of a new segment. */
export function createSegment(env: LogEnvironment, folder: Folder, baseOffset: number, config: LogConfig): Segment {
  const segment = Segment.empty(folder, baseOffset, env.clock.now(), jitter(env, config))
  for (const suffix of [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX] as const) {
    env.disk.blocking.writeFile(segment.path(suffix), '')
  }
  segment.indexesSaved = true
  return segment
}
