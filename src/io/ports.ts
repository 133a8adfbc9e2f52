/** The world as everything above sees it; simulated in tests. One interface here, one Node implementation in its own file. */

export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Wall-clock time in ms since 1970. */
  now(): number
  /** Monotonic ms with a fraction, for durations. */
  monotonic(): number
  after(delayMs: number, run: () => void): Timer
}

export interface Random {
  /** A whole number in 0 … bound−1. */
  below(bound: number): number
  bytes(size: number): Buffer
}

export interface LogFn {
  (fields: object, message: string): void
  (message: string): void
}

export interface Logger {
  readonly debug: LogFn
  readonly info: LogFn
  readonly warn: LogFn
  readonly error: LogFn
  child(fields: object): Logger
  /** The logger of a part of the broker, whose level may be set by itself. */
  area?(name: string): Logger
  /** Whether a line of the level would be written: asked before it is put together where there may be very many. */
  writes?(level: 'debug' | 'info'): boolean
  /** Of this logger and its areas; left out where they can't be changed. */
  readonly levels?: LogLevels
}

/** Levels under log4j's names (`INFO`, `WARN`…), which can be changed while the process runs. */
export interface LogLevels {
  /** The level that counts for each logger, `root` first. */
  all(): ReadonlyMap<string, string>
  /** Undefined: an area follows the root again. */
  set(name: string, level: string | undefined): void
}

export interface FileStat {
  readonly size: number
  readonly isDirectory: boolean
  readonly modifiedMs: number
}

/** An open file. Positions are explicit: there is no cursor. Rejects with the system's error (`code` ENOSPC, EIO…). */
export interface DiskFile {
  /** Reads up to `length` bytes into `target` at `targetOffset`; fewer only at the end of the file. */
  read(target: Buffer, targetOffset: number, length: number, position: number): Promise<number>
  /**
   * Reads before it returns, where the file gives bytes at the speed of memory. -1: it does not at present, or the read
   * failed; then `read` does it, or says why not. Absent: it never does.
   */
  readNow?(target: Buffer, targetOffset: number, length: number, position: number): number
  /** Writes all chunks one after another; a failed write may have written a part. */
  write(chunks: readonly Uint8Array[], position: number): Promise<void>
  /**
   * Writes before it returns, where the file takes bytes at the speed of memory. False: it does not at present, or the write
   * failed (a part may be written); then `write` does it, or says why not. Absent: it never does.
   */
  writeNow?(bytes: Uint8Array, position: number): boolean
  truncate(size: number): Promise<void>
  sync(): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

export interface DiskLock {
  release(): Promise<void>
}

export type OpenMode = 'read' | 'read-write' | 'create'

export interface DirectoryEntry {
  readonly name: string
  readonly isDirectory: boolean
}

/**
 * Calls that block, for start-up and for making a log: thousands of tiny steps that cost less than a trip to the thread
 * pool each. Never on the path of a request that carries records. Failures throw Node-style errors.
 */
export interface BlockingDisk {
  /** The whole of a small file, undefined where there is none. */
  readFile(path: string): Buffer | undefined
  /** Creates or overwrites; neither atomic nor durable. */
  writeFile(path: string, bytes: Uint8Array | string): void
  /** As `Disk.replaceFile`. */
  replaceFile(path: string, bytes: Uint8Array | string): void
  entries(path: string): DirectoryEntry[]
  stat(path: string): FileStat | undefined
  /** Reads up to `length` bytes from `position` on; fewer only at the end of the file. */
  read(path: string, position: number, length: number): Buffer
  truncate(path: string, size: number): void
  makeDirectory(path: string): void
  rename(from: string, to: string): void
  remove(path: string): void
}

/** Paths are absolute. Every failure rejects with a Node-style error that has `code`. */
export interface Disk {
  readonly blocking: BlockingDisk
  /** How many files may well be open at a time; the rest of the process's descriptors are for sockets. */
  readonly maxOpenFiles: number
  /** `create`: makes the file where it is missing, keeps its bytes where it is not. */
  open(path: string, mode: OpenMode): Promise<DiskFile>
  /** The whole of a small file. */
  readFile(path: string): Promise<Buffer>
  /** Replaces a small file so that after a crash either the old or the new bytes are there (temporary file, fsync, rename). */
  replaceFile(path: string, bytes: Uint8Array | string): Promise<void>
  list(path: string): Promise<string[]>
  stat(path: string): Promise<FileStat | undefined>
  makeDirectory(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Removes a directory and what is in it. */
  removeTree(path: string): Promise<void>
  /** Makes creations, renames and removals in a directory durable. */
  syncDirectory(path: string): Promise<void>
  /** Free and total bytes of the volume. */
  space(path: string): Promise<{ readonly total: number; readonly usable: number }>
  /** An exclusive lock on a file that lasts while the process lives; undefined where somebody else holds it. */
  lock(path: string): Promise<DiskLock | undefined>
}

export interface NetAddress {
  readonly host: string
  readonly port: number
}

/**
 * A stream of bytes to somebody else: what is used of Node's sockets, so that a Duplex with addresses is one too. Paused until
 * `resume`; half open after 'end'.
 */
export interface NetSocket {
  readonly destroyed: boolean
  /** Bytes written that the kernel has not taken yet. Absent: nobody knows before `sent`. */
  readonly writableLength?: number
  /** What is written is encrypted at once, into memory of the socket's own. */
  readonly encrypted?: boolean
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
  /** 'error' comes at most once, with a Node-style `code`, and 'close' always, last. 'connect': of a socket that was made here. */
  on(event: 'connect' | 'end' | 'close' | 'drain', listener: () => void): unknown
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  on(event: 'error', listener: (error: Error & { readonly code?: string }) => void): unknown
  removeAllListeners(): unknown
  /** False: more than the socket likes to hold is unsent, until 'drain'. `sent`: the kernel took it, or never will. */
  write(bytes: Uint8Array, sent?: () => void): boolean
  /** Until `uncork`, what is written is gathered and leaves as one. */
  cork(): void
  uncork(): void
  pause(): unknown
  resume(): unknown
  end(): unknown
  destroy(): unknown
  setNoDelay(on: boolean): unknown
}

export interface NetServer {
  /** The one that was bound, where 0 was asked for. */
  readonly port: number
  /** Takes no more connections; resolves when those it took are closed. */
  close(): Promise<void>
}

export interface NetListen extends NetAddress {
  readonly backlog: number
  readonly accepted: (socket: NetSocket) => void
  /** Accepting failed; the server goes on. */
  readonly failed: (error: Error) => void
}

export interface Net {
  /** An empty host: every address; port 0: any free one. Rejects with a Node-style error (`code` EADDRINUSE…). */
  listen(options: NetListen): Promise<NetServer>
  /** Returns at once; the socket tells by 'connect', or 'error' (`code` ECONNREFUSED…) and 'close', what became of it. */
  connect(address: NetAddress): NetSocket
}
