import type { MemoryDisk } from '../../src/io/memory-disk.ts'
import type { Disk, DiskFile, DiskLock } from '../../src/io/ports.ts'
import type { Life } from './machine-room.ts'

/** A promise that nothing settles: what a process asked of its disk when it died. */
const never = (): Promise<never> => new Promise(() => {})

/** A disk as one life of a node sees it: when the life is over, nothing more reaches the disk and nothing is answered. */
export function diskFor(life: Life, disk: MemoryDisk): Disk {
  const alive =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      life.isOver ? never() : call(...args).then((result) => (life.isOver ? never() : result))
  return {
    blocking: disk.blocking,
    maxOpenFiles: disk.maxOpenFiles,
    open: alive(async (path, mode) => fileFor(life, await disk.open(path, mode))),
    readFile: alive((path) => disk.readFile(path)),
    replaceFile: alive((path, bytes) => disk.replaceFile(path, bytes)),
    list: alive((path) => disk.list(path)),
    stat: alive((path) => disk.stat(path)),
    makeDirectory: alive((path) => disk.makeDirectory(path)),
    rename: alive((from, to) => disk.rename(from, to)),
    remove: alive((path) => disk.remove(path)),
    removeTree: alive((path) => disk.removeTree(path)),
    syncDirectory: alive((path) => disk.syncDirectory(path)),
    space: alive((path) => disk.space(path)),
    lock: alive((path): Promise<DiskLock | undefined> => disk.lock(path)),
  }
}

function fileFor(life: Life, file: DiskFile): DiskFile {
  const alive =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      life.isOver ? never() : call(...args).then((result) => (life.isOver ? never() : result))
  return {
    read: alive((target, targetOffset, length, position) => file.read(target, targetOffset, length, position)),
    write: alive((chunks, position) => file.write(chunks, position)),
    truncate: alive((size) => file.truncate(size)),
    sync: alive(() => file.sync()),
    size: alive(() => file.size()),
    close: alive(() => file.close()),
  }
}
