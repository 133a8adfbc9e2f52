import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { listLocks, lockFile } from './disk-lock.ts'
import type { BlockingDisk, DirectoryEntry, Disk, DiskFile, DiskLock, FileStat, OpenMode } from './ports.ts'

const FLAGS: { readonly [M in OpenMode]: number } = {
  read: fs.constants.O_RDONLY,
  'read-write': fs.constants.O_RDWR,
  create: fs.constants.O_RDWR | fs.constants.O_CREAT,
}

/** A write that took longer met a slow disk: the page cache takes a batch in microseconds. */
const SLOW_WRITE_MS = 10
/**
 * Linux takes pages for its cache as large as the write is, and has to look for large ones: ten times the cost where memory is in
 * pieces or a guest's own, while a few more calls cost next to nothing.
 */
const PIECE_BYTES = 256 * 1024
/** As much for a read of at most LARGEST_READ_NOW bytes, which the page cache gives in a fraction of one. */
const SLOW_READ_MS = 4
const LARGEST_READ_NOW = 1024 * 1024
/** After a slow call the event loop waits for no other one for so long at most… */
const ASIDE_MS = 2_000
/** …and for so many times as long as the slow one took: a process that merely had to wait for its turn soon tries again. */
const ASIDE_TIMES = 50

/**
 * Whether reads, or writes, may be made on the event loop. Handing one to a thread and back costs several times what copying
 * a batch out of or into the page cache does; but a disk that is written to faster than it can take it makes writers wait,
 * and what is not in the page cache makes readers wait.
 */
class Pace {
  readonly #slowMs: number
  #asideUntil = 0

  constructor(slowMs: number) {
    this.#slowMs = slowMs
  }

  get isFast(): boolean {
    return this.#asideUntil === 0 || performance.now() >= this.#asideUntil
  }

  measured(startMs: number): void {
    const nowMs = performance.now()
    const tookMs = nowMs - startMs
    this.#asideUntil = tookMs > this.#slowMs ? nowMs + Math.min(ASIDE_MS, tookMs * ASIDE_TIMES) : 0
  }
}

/** A file of the operating system. Callbacks instead of FileHandle: one object less for every read and write. */
class NodeFile implements DiskFile {
  readonly #fd: number
  readonly #writes: Pace
  readonly #reads: Pace

  constructor(fd: number, writes: Pace, reads: Pace) {
    this.#fd = fd
    this.#writes = writes
    this.#reads = reads
  }

  async read(target: Buffer, targetOffset: number, length: number, position: number): Promise<number> {
    let done = 0
    while (done < length) {
      const count = await this.#readSome(target, targetOffset + done, length - done, position + done)
      if (count === 0) break
      done += count
    }
    return done
  }

  readNow(target: Buffer, targetOffset: number, length: number, position: number): number {
    if (length > LARGEST_READ_NOW || !this.#reads.isFast) return -1
    const startMs = performance.now()
    let done = 0
    try {
      while (done < length) {
        const count = fs.readSync(this.#fd, target, targetOffset + done, length - done, position + done)
        if (count === 0) break
        done += count
      }
      return done
    } catch {
      return -1
    } finally {
      this.#reads.measured(startMs)
    }
  }

  #readSome(target: Buffer, offset: number, length: number, position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.read(this.#fd, target, offset, length, position, (error, count) => (error ? reject(error) : resolve(count)))
    })
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    let left = chunks
    let at = position
    for (;;) {
      let written = await this.#writeSome(left, at)
      at += written
      let whole = 0
      for (let chunk = left[whole]; chunk !== undefined && written >= chunk.length; chunk = left[whole]) {
        written -= chunk.length
        whole++
      }
      if (whole === left.length) return
      const rest = left.slice(whole)
      if (rest[0] !== undefined) rest[0] = rest[0].subarray(written)
      left = rest
    }
  }

  writeNow(bytes: Uint8Array, position: number): boolean {
    if (!this.#writes.isFast) return false
    const startMs = performance.now()
    try {
      for (let at = 0, size = 0; at < bytes.length; at += size) {
        size = Math.min(PIECE_BYTES - ((position + at) % PIECE_BYTES), bytes.length - at)
        if (fs.writeSync(this.#fd, bytes, at, size, position + at) !== size) return false
      }
      return true
    } catch {
      return false
    } finally {
      this.#writes.measured(startMs)
    }
  }

  #writeSome(chunks: readonly Uint8Array[], position: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, count: number) => (error ? reject(error) : resolve(count))
      const only = chunks[0]
      if (chunks.length === 1 && only) fs.write(this.#fd, only, 0, only.length, position, done)
      else fs.writev(this.#fd, chunks as Uint8Array[], position, done)
    })
  }

  truncate(size: number): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.ftruncate(this.#fd, size, (error) => (error ? reject(error) : resolve()))
    })
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.#fd, (error) => (error ? reject(error) : resolve()))
    })
  }

  size(): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.fstat(this.#fd, (error, stat) => (error ? reject(error) : resolve(stat.size)))
    })
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.close(this.#fd, (error) => (error ? reject(error) : resolve()))
    })
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

function statOf(stat: fs.Stats): FileStat {
  return { size: stat.size, isDirectory: stat.isDirectory(), modifiedMs: Math.floor(stat.mtimeMs) }
}

/** By hand: Node's own recursive mkdir never ends where a file system refuses a directory with ENOENT, as /proc does. */
function makeDirectories(path: string): void {
  if (fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
  const parent = dirname(path)
  if (parent !== path) makeDirectories(parent)
  try {
    fs.mkdirSync(path)
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !fs.statSync(path).isDirectory()) throw error
  }
}

const blocking: BlockingDisk = {
  readFile(path: string): Buffer | undefined {
    try {
      return fs.readFileSync(path)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  },

  writeFile(path: string, bytes: Uint8Array | string): void {
    fs.writeFileSync(path, bytes)
  },

  replaceFile(path: string, bytes: Uint8Array | string): void {
    const temporary = `${path}.tmp`
    fs.writeFileSync(temporary, bytes, { flush: true })
    fs.renameSync(temporary, path)
  },

  entries(path: string): DirectoryEntry[] {
    return fs
      .readdirSync(path, { withFileTypes: true })
      .map((entry) => ({ name: entry.name, isDirectory: entry.isDirectory() }))
  },

  stat(path: string): FileStat | undefined {
    const stat = fs.statSync(path, { throwIfNoEntry: false })
    return stat && statOf(stat)
  },

  read(path: string, position: number, length: number): Buffer {
    const fd = fs.openSync(path, 'r')
    try {
      const target = Buffer.allocUnsafe(length)
      let done = 0
      while (done < length) {
        const count = fs.readSync(fd, target, done, length - done, position + done)
        if (count === 0) break
        done += count
      }
      return target.subarray(0, done)
    } finally {
      fs.closeSync(fd)
    }
  },

  truncate(path: string, size: number): void {
    fs.truncateSync(path, size)
  },

  makeDirectory(path: string): void {
    makeDirectories(path)
  },

  rename(from: string, to: string): void {
    fs.renameSync(from, to)
  },

  remove(path: string): void {
    fs.rmSync(path, { force: true })
  },
}

/** Node raises its limit to the hard one by itself; where nobody tells it, macOS' smallest usual one is assumed. */
function descriptorLimit(): number {
  try {
    const limit = /^Max open files +(\d+|unlimited)/m.exec(fs.readFileSync('/proc/self/limits', 'latin1'))?.[1]
    return limit === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(limit ?? 2048)
  } catch {
    return 2048
  }
}

/** The file system of this machine. */
export class NodeDisk implements Disk {
  readonly blocking: BlockingDisk = blocking
  readonly #writes = new Pace(SLOW_WRITE_MS)
  readonly #reads = new Pace(SLOW_READ_MS)
  readonly maxOpenFiles: number = Math.floor(descriptorLimit() / 2)
  /** For the next lock. */
  #locks: Promise<string> | undefined

  /** A lock is wanted soon: what takes a while for that is begun. */
  expectLock(): this {
    this.#locks ??= listLocks()
    return this
  }

  open(path: string, mode: OpenMode): Promise<DiskFile> {
    return new Promise((resolve, reject) => {
      fs.open(path, FLAGS[mode], 0o644, (error, fd) =>
        error ? reject(error) : resolve(new NodeFile(fd, this.#writes, this.#reads)),
      )
    })
  }

  readFile(path: string): Promise<Buffer> {
    return fs.promises.readFile(path)
  }

  async replaceFile(path: string, bytes: Uint8Array | string): Promise<void> {
    const temporary = `${path}.tmp`
    await fs.promises.writeFile(temporary, bytes, { flush: true })
    await fs.promises.rename(temporary, path)
    await this.syncDirectory(dirname(path))
  }

  list(path: string): Promise<string[]> {
    return fs.promises.readdir(path)
  }

  async stat(path: string): Promise<FileStat | undefined> {
    try {
      return statOf(await fs.promises.stat(path))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async makeDirectory(path: string): Promise<void> {
    makeDirectories(path)
  }

  rename(from: string, to: string): Promise<void> {
    return fs.promises.rename(from, to)
  }

  remove(path: string): Promise<void> {
    return fs.promises.rm(path, { force: true })
  }

  removeTree(path: string): Promise<void> {
    return fs.promises.rm(path, { recursive: true, force: true })
  }

  async syncDirectory(path: string): Promise<void> {
    const handle = await fs.promises.open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }

  async space(path: string): Promise<{ readonly total: number; readonly usable: number }> {
    const volume = await fs.promises.statfs(path)
    return { total: volume.blocks * volume.bsize, usable: volume.bavail * volume.bsize }
  }

  lock(path: string): Promise<DiskLock | undefined> {
    const listed = this.#locks
    this.#locks = undefined
    return lockFile(path, listed)
  }
}
