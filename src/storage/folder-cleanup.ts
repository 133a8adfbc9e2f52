import type { BlockingDisk, Logger } from '../io/ports.ts'
import { batchSize, completeBatchSize, lastOffset } from '../record/header.ts'
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  LOG_SUFFIX,
  parseSegmentFile,
  type SegmentFileName,
  SWAP_SUFFIX,
} from './names.ts'

const SNAPSHOT_DELETED = '.checkpoint.deleted'

/**
 * Ends what a crash interrupted: files marked `.deleted` and half-made `.cleaned` ones go, a finished `.swap` takes the
 * place of the segments that it was made from. Returns the segment files that are left, in order.
 */
export function cleanFolder(disk: BlockingDisk, dir: string, logger: Logger): SegmentFileName[] {
  const swaps: SegmentFileName[] = []
  const files: SegmentFileName[] = []
  let firstCleaned = Number.POSITIVE_INFINITY
  for (const { name, isDirectory } of disk.entries(dir)) {
    if (isDirectory) continue
    const file = parseSegmentFile(name)
    if (file !== undefined) files.push(file)
    else if (name.endsWith(DELETED_SUFFIX) && !name.endsWith(SNAPSHOT_DELETED)) disk.remove(`${dir}/${name}`)
    else if (name.endsWith(CLEANED_SUFFIX)) {
      firstCleaned = Math.min(firstCleaned, Number.parseInt(name, 10))
      disk.remove(`${dir}/${name}`)
    } else if (name.endsWith(SWAP_SUFFIX)) {
      const swap = parseSegmentFile(name.slice(0, -SWAP_SUFFIX.length))
      if (swap !== undefined) swaps.push(swap)
    }
  }
  if (swaps.length === 0) return inOrder(files)
  return inOrder(finishSwaps(disk, dir, logger, swaps, files, firstCleaned))
}

/** Snapshots stand alone; an index without its log is no use. */
function inOrder(files: readonly SegmentFileName[]): SegmentFileName[] {
  return [...files].sort((a, b) => a.offset - b.offset)
}

function finishSwaps(
  disk: BlockingDisk,
  dir: string,
  logger: Logger,
  swaps: readonly SegmentFileName[],
  files: readonly SegmentFileName[],
  firstCleaned: number,
): SegmentFileName[] {
  // A swap at or after a half-made file belongs to a split that did not end: its originals are still there.
  const valid = swaps.filter((swap) => swap.offset < firstCleaned)
  for (const swap of swaps) if (!valid.includes(swap)) disk.remove(`${dir}/${nameOf(swap)}${SWAP_SUFFIX}`)
  const logs = valid.filter((swap) => swap.suffix === LOG_SUFFIX)
  const from = Math.min(...logs.map((swap) => swap.offset))
  const to = Math.max(...logs.map((swap) => endOffset(disk, `${dir}/${nameOf(swap)}${SWAP_SUFFIX}`, swap.offset)))
  const kept = files.filter((file) => {
    const replaced = logs.length > 0 && file.offset >= from && file.offset < to
    if (replaced) disk.remove(`${dir}/${nameOf(file)}`)
    return !replaced
  })
  for (const swap of valid) {
    logger.info({ file: `${dir}/${nameOf(swap)}` }, 'ending an interrupted swap of a segment')
    disk.rename(`${dir}/${nameOf(swap)}${SWAP_SUFFIX}`, `${dir}/${nameOf(swap)}`)
  }
  return [...kept.filter((file) => !valid.some((swap) => nameOf(swap) === nameOf(file))), ...valid]
}

function nameOf(file: SegmentFileName): string {
  return String(file.offset).padStart(20, '0') + file.suffix
}

function endOffset(disk: BlockingDisk, path: string, baseOffset: number): number {
  const bytes = disk.readFile(path) ?? Buffer.alloc(0)
  let end = baseOffset
  for (let at = 0; completeBatchSize(bytes, at) > 0; at += batchSize(bytes, at)) end = lastOffset(bytes, at) + 1
  return end
}
