import type { LogState } from './log-state.ts'
import { SNAPSHOT_SUFFIX, segmentFile } from './names.ts'
import { createSegment } from './new-segment.ts'
import { encodeSnapshot } from './producer-snapshot.ts'
import { storageError } from './storage-error.ts'

/** Ends the active segment and begins one at `baseOffset`, whose producer state is kept beside it. The next flush writes its indexes. */
export function rollTo(state: LogState, baseOffset: number): void {
  const finished = state.active
  if (finished.baseOffset === baseOffset && finished.size === 0) return
  try {
    state.segments.push(createSegment(state.env, state.folder, baseOffset, state.config))
  } catch (error) {
    // No room for even the names: the append that wanted the segment fails, the log stays as it is.
    const { path } = state.folder
    state.env.onRefused(path.slice(0, path.lastIndexOf('/')), error as Error)
    throw storageError(`Cannot begin a segment of ${state.name}: ${(error as Error).message}`)
  }
  finished.finishTimes()
  state.producers.endOffset = baseOffset
  takeSnapshot(state, baseOffset)
}

/** The producers as they are now, written when earlier work on small files has ended. */
export function takeSnapshot(state: LogState, offset: number): void {
  if (state.snapshots.includes(offset)) return
  const bytes = encodeSnapshot(state.producers.entries())
  state.snapshots.push(offset)
  void state.later('writing a producer snapshot', () =>
    state.env.disk.replaceFile(`${state.folder.path}/${segmentFile(offset, SNAPSHOT_SUFFIX)}`, bytes),
  )
}

export function removeSnapshots(state: LogState, which: (offset: number) => boolean): void {
  const going = state.snapshots.filter(which)
  if (going.length === 0) return
  state.snapshots = state.snapshots.filter((offset) => !which(offset))
  void state.later('removing producer snapshots', async () => {
    for (const offset of going)
      await state.env.disk.remove(`${state.folder.path}/${segmentFile(offset, SNAPSHOT_SUFFIX)}`)
  })
}
