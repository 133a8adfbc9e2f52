import type { Disk, DiskFile, OpenMode } from '../io/ports.ts'

interface Pooled {
  readonly file: Promise<DiskFile>
  /** Once it is open. */
  opened: DiskFile | undefined
  users: number
  forgotten: boolean
}

export interface HeldFile {
  readonly file: DiskFile
  release(): void
}

/** Open files by path, least recently used first out: tens of thousands of segments don't need as many descriptors. */
export class FilePool {
  readonly #disk: Disk
  #limit: number
  readonly #files = new Map<string, Pooled>()

  constructor(disk: Disk, limit = 8192) {
    this.#disk = disk
    this.#limit = limit
  }

  /** Runs `job` on the open file, which stays open at least as long. `create` makes a missing file. */
  async use<T>(path: string, mode: OpenMode, job: (file: DiskFile) => Promise<T>): Promise<T> {
    const pooled = this.#found(path) ?? this.#open(path, mode)
    pooled.users++
    try {
      return await job(await pooled.file)
    } finally {
      pooled.users--
      if (pooled.forgotten && pooled.users === 0) await closeQuietly(pooled)
    }
  }

  /** The file if it is open; to be used before anything is awaited. */
  opened(path: string): DiskFile | undefined {
    return this.#found(path)?.opened
  }

  /** An open file that stays open until it is let go. */
  hold(path: string): HeldFile | undefined {
    const pooled = this.#found(path)
    if (pooled?.opened === undefined) return undefined
    pooled.users++
    let held = true
    const release = (): void => {
      if (!held) return
      held = false
      pooled.users--
      if (pooled.forgotten && pooled.users === 0) void closeQuietly(pooled)
    }
    return { file: pooled.opened, release }
  }

  /** Moves it behind all others: what was used longest ago is closed first. */
  #found(path: string): Pooled | undefined {
    const pooled = this.#files.get(path)
    if (pooled === undefined || this.#files.size * 2 < this.#limit) return pooled
    this.#files.delete(path)
    this.#files.set(path, pooled)
    return pooled
  }

  #open(path: string, mode: OpenMode): Pooled {
    if (this.#files.size >= this.#limit) this.#closeIdle()
    // A log file is read and appended to by turns: one descriptor serves both.
    const file = this.#disk.open(path, mode === 'read' ? 'read-write' : mode)
    const pooled: Pooled = { file, opened: undefined, users: 0, forgotten: false }
    this.#files.set(path, pooled)
    file.then(
      (opened) => {
        pooled.opened = opened
      },
      (error: NodeJS.ErrnoException) => {
        if (this.#files.get(path) === pooled) this.#files.delete(path)
        if (error.code !== 'EMFILE' && error.code !== 'ENFILE') return
        this.#limit = Math.max(64, Math.floor(this.#files.size / 2))
        this.#closeIdle()
      },
    )
    return pooled
  }

  #closeIdle(): void {
    let wanted = this.#files.size - this.#limit + Math.max(1, Math.floor(this.#limit / 16))
    for (const [path, pooled] of this.#files) {
      if (pooled.users > 0) continue
      this.#files.delete(path)
      void closeQuietly(pooled)
      if (--wanted === 0) return
    }
  }

  /** Closes a file, or all below a folder, when their users are done; a later use opens anew. */
  async forget(path: string): Promise<void> {
    const closing: Promise<void>[] = []
    for (const [name, pooled] of path.endsWith('/') ? [...this.#files] : this.#entry(path)) {
      if (name !== path && !name.startsWith(path)) continue
      this.#files.delete(name)
      pooled.forgotten = true
      if (pooled.users === 0) closing.push(closeQuietly(pooled))
    }
    await Promise.all(closing)
  }

  #entry(path: string): [string, Pooled][] {
    const pooled = this.#files.get(path)
    return pooled ? [[path, pooled]] : []
  }

  async close(): Promise<void> {
    const all = [...this.#files.values()]
    this.#files.clear()
    await Promise.all(all.map(closeQuietly))
  }
}

/** Every byte that matters was fsynced or reported before: a failing close tells nothing more. */
async function closeQuietly(pooled: Pooled): Promise<void> {
  try {
    await (await pooled.file).close()
  } catch {
    // Nothing to save.
  }
}
