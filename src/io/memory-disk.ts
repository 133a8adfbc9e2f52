import type { BlockingDisk, DirectoryEntry, Disk, DiskFile, DiskLock, FileStat, OpenMode } from './ports.ts'

const SMALLEST_FILE = 64

/** What is to go wrong; looked up by the disk at every operation. */
export interface DiskFaults {
  /** Bytes that all files together may hold: a write beyond it stores what fits and fails with ENOSPC. */
  capacity?: number
  /** An error code with which the operation on that path fails (`EIO`, `ENOSPC`, `EACCES`…). */
  fail?: (
    operation: 'open' | 'read' | 'write' | 'sync' | 'truncate' | 'rename' | 'remove',
    path: string,
  ) => string | undefined
  /** Held back until it resolves: a slow disk. */
  delay?: (operation: 'read' | 'write' | 'sync', path: string) => Promise<void> | undefined
}

export interface MemoryDiskOptions {
  readonly nowMs?: () => number
  readonly faults?: DiskFaults
  /** Keeps what every fsync promised, so that `crash()` can lose the rest; costs a copy of the file at each fsync. */
  readonly crashable?: boolean
}

interface Content {
  bytes: Buffer
  size: number
  /** What fsync promised: the file as it was then. undefined: never synced, the name itself may be lost. */
  durable: Buffer | undefined
  modifiedMs: number
}

function failure(code: string, operation: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${operation} '${path}'`), { code, path, syscall: operation })
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1))
}

/**
 * Files in memory, for brokers without a disk and for tests: full disks, failing and slow operations, and crashes that lose
 * or tear what was not fsynced. Creating, renaming and removing are taken as durable at once; bytes are not.
 */
export class MemoryDisk implements Disk {
  readonly blocking: BlockingDisk
  readonly maxOpenFiles = Number.MAX_SAFE_INTEGER
  faults: DiskFaults
  readonly #files = new Map<string, Content>()
  readonly #directories = new Set<string>(['/'])
  readonly #locks = new Set<string>()
  readonly #nowMs: () => number
  readonly #crashable: boolean
  #used = 0

  constructor(options: MemoryDiskOptions = {}) {
    this.faults = options.faults ?? {}
    this.#nowMs = options.nowMs ?? (() => 0)
    this.#crashable = options.crashable ?? false
    this.blocking = this.#blocking()
  }

  get usedBytes(): number {
    return this.#used
  }

  /** The process stops: the machine still has all that was written, synced or not, but locks are free. */
  release(): void {
    this.#locks.clear()
  }

  /**
   * The machine stops: of every file only the synced bytes are sure. Of what came after, `keep` says how many bytes are
   * there anyway (0 … lost), and open files and locks are gone. Use the disk again only through new objects.
   */
  crash(keep: (path: string, unsynced: number) => number = () => 0): void {
    this.#locks.clear()
    for (const [path, content] of this.#files) {
      const sure = content.durable?.length ?? 0
      const kept = Math.min(Math.max(keep(path, Math.max(content.size - sure, 0)), 0), Math.max(content.size - sure, 0))
      const after = Buffer.alloc(sure + kept)
      content.durable?.copy(after)
      if (kept > 0) content.bytes.copy(after, sure, sure, sure + kept)
      const crashed = { bytes: after, size: after.length, durable: after, modifiedMs: content.modifiedMs }
      this.#used += after.length - content.size
      this.#files.set(path, crashed)
    }
  }

  #check(operation: Parameters<NonNullable<DiskFaults['fail']>>[0], path: string): void {
    const code = this.faults.fail?.(operation, path)
    if (code !== undefined) throw failure(code, operation, path)
  }

  #content(path: string, operation: string): Content {
    const content = this.#files.get(path)
    if (content === undefined) throw failure(this.#directories.has(path) ? 'EISDIR' : 'ENOENT', operation, path)
    return content
  }

  #create(path: string): Content {
    const known = this.#files.get(path)
    if (known !== undefined) return known
    if (!this.#directories.has(parentOf(path))) throw failure('ENOENT', 'open', path)
    const content = { bytes: Buffer.alloc(SMALLEST_FILE), size: 0, durable: undefined, modifiedMs: this.#nowMs() }
    this.#files.set(path, content)
    return content
  }

  #resize(content: Content, size: number): void {
    if (size > content.bytes.length) {
      const grown = Buffer.alloc(Math.max(size, 2 * content.bytes.length))
      content.bytes.copy(grown, 0, 0, content.size)
      content.bytes = grown
    } else if (size < content.size) {
      content.bytes.fill(0, size, content.size)
    }
    this.#used += size - content.size
    content.size = size
    if (content.durable !== undefined && content.durable.length > size)
      content.durable = content.durable.subarray(0, size)
  }

  #write(path: string, content: Content, chunks: readonly Uint8Array[], position: number): void {
    let at = position
    for (const chunk of chunks) {
      const room = (this.faults.capacity ?? Number.MAX_SAFE_INTEGER) - this.#used
      const end = Math.min(at + chunk.length, Math.max(content.size, at) + Math.max(room, 0))
      if (end > content.size) this.#resize(content, end)
      if (end > at) content.bytes.set(chunk.subarray(0, end - at), at)
      content.modifiedMs = this.#nowMs()
      if (end < at + chunk.length) throw failure('ENOSPC', 'write', path)
      at = end
    }
  }

  #sync(content: Content): void {
    if (this.#crashable) content.durable = Buffer.from(content.bytes.subarray(0, content.size))
  }

  #store(path: string, bytes: Uint8Array | string, durable: boolean): void {
    this.#check('write', path)
    const content = this.#create(path)
    this.#resize(content, 0)
    this.#write(path, content, [typeof bytes === 'string' ? Buffer.from(bytes) : bytes], 0)
    if (durable) this.#sync(content)
  }

  #replace(path: string, bytes: Uint8Array | string): void {
    this.#check('write', path)
    this.#check('rename', path)
    const temporary = `${path}.tmp`
    this.#store(temporary, bytes, true)
    this.#rename(temporary, path)
  }

  #remove(path: string): void {
    this.#check('remove', path)
    const content = this.#files.get(path)
    if (content !== undefined) this.#used -= content.size
    this.#files.delete(path)
  }

  #rename(from: string, to: string): void {
    this.#check('rename', from)
    const content = this.#files.get(from)
    if (content !== undefined) {
      const replaced = this.#files.get(to)
      if (replaced !== undefined) this.#used -= replaced.size
      this.#files.delete(from)
      this.#files.set(to, content)
      return
    }
    if (!this.#directories.has(from)) throw failure('ENOENT', 'rename', from)
    for (const path of [...this.#directories]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue
      this.#directories.delete(path)
      this.#directories.add(to + path.slice(from.length))
    }
    for (const [path, moved] of [...this.#files]) {
      if (!path.startsWith(`${from}/`)) continue
      this.#files.delete(path)
      this.#files.set(to + path.slice(from.length), moved)
    }
  }

  #entries(path: string): DirectoryEntry[] {
    if (!this.#directories.has(path)) throw failure('ENOENT', 'scandir', path)
    const prefix = path === '/' ? '/' : `${path}/`
    const inside = (name: string) =>
      name.startsWith(prefix) && name.length > prefix.length && !name.includes('/', prefix.length)
    const found: DirectoryEntry[] = []
    for (const name of this.#files.keys())
      if (inside(name)) found.push({ name: name.slice(prefix.length), isDirectory: false })
    for (const name of this.#directories)
      if (inside(name)) found.push({ name: name.slice(prefix.length), isDirectory: true })
    return found.sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #stat(path: string): FileStat | undefined {
    if (this.#directories.has(path)) return { size: 0, isDirectory: true, modifiedMs: 0 }
    const content = this.#files.get(path)
    return content && { size: content.size, isDirectory: false, modifiedMs: content.modifiedMs }
  }

  #makeDirectory(path: string): void {
    for (let at = path; !this.#directories.has(at); at = parentOf(at)) {
      this.#check('open', at)
      this.#directories.add(at)
    }
  }

  #read(path: string): Buffer {
    this.#check('read', path)
    const content = this.#content(path, 'read')
    return Buffer.from(content.bytes.subarray(0, content.size))
  }

  #blocking(): BlockingDisk {
    return {
      readFile: (path) => (this.#files.has(path) ? this.#read(path) : undefined),
      writeFile: (path, bytes) => this.#store(path, bytes, false),
      replaceFile: (path, bytes) => this.#replace(path, bytes),
      entries: (path) => this.#entries(path),
      stat: (path) => this.#stat(path),
      read: (path, position, length) => this.#read(path).subarray(position, position + length),
      truncate: (path, size) => {
        this.#check('truncate', path)
        this.#resize(this.#content(path, 'truncate'), size)
      },
      makeDirectory: (path) => this.#makeDirectory(path),
      rename: (from, to) => this.#rename(from, to),
      remove: (path) => this.#remove(path),
    }
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    this.#check('open', path)
    const content = mode === 'create' ? this.#create(path) : this.#content(path, 'open')
    return {
      read: async (target, targetOffset, length, position) => {
        await this.faults.delay?.('read', path)
        this.#check('read', path)
        const end = Math.min(content.size, position + length)
        return end <= position ? 0 : content.bytes.copy(target, targetOffset, position, end)
      },
      write: async (chunks, position) => {
        await this.faults.delay?.('write', path)
        this.#check('write', path)
        this.#write(path, content, chunks, position)
      },
      truncate: async (size) => {
        this.#check('truncate', path)
        this.#resize(content, size)
      },
      sync: async () => {
        await this.faults.delay?.('sync', path)
        this.#check('sync', path)
        this.#sync(content)
      },
      size: async () => content.size,
      close: async () => {},
    }
  }

  async readFile(path: string): Promise<Buffer> {
    return this.#read(path)
  }

  async replaceFile(path: string, bytes: Uint8Array | string): Promise<void> {
    this.#replace(path, bytes)
  }

  async list(path: string): Promise<string[]> {
    return this.#entries(path).map((entry) => entry.name)
  }

  async stat(path: string): Promise<FileStat | undefined> {
    return this.#stat(path)
  }

  async makeDirectory(path: string): Promise<void> {
    this.#makeDirectory(path)
  }

  async rename(from: string, to: string): Promise<void> {
    this.#rename(from, to)
  }

  async remove(path: string): Promise<void> {
    this.#remove(path)
  }

  async removeTree(path: string): Promise<void> {
    this.#check('remove', path)
    for (const name of [...this.#files.keys()]) if (name === path || name.startsWith(`${path}/`)) this.#remove(name)
    for (const name of [...this.#directories]) {
      if (name === path || name.startsWith(`${path}/`)) this.#directories.delete(name)
    }
  }

  async syncDirectory(_path: string): Promise<void> {}

  async space(_path: string): Promise<{ readonly total: number; readonly usable: number }> {
    const total = this.faults.capacity ?? 2 ** 40
    return { total, usable: Math.max(total - this.#used, 0) }
  }

  async lock(path: string): Promise<DiskLock | undefined> {
    if (this.#locks.has(path)) return undefined
    this.#create(path)
    this.#locks.add(path)
    return {
      release: async () => {
        this.#locks.delete(path)
      },
    }
  }
}
