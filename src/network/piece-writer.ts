import { isLate, type LateBytes, type Piece } from '../base/bytes.ts'
import type { NetSocket } from '../io/ports.ts'

/** Answers that are small together are copied into one piece: that costs less than handing many to the kernel. */
const JOIN_BELOW = 16 * 1024
/** Late bytes pass through buffers of this size: smaller ones cost more calls and wake the client more often than cold memory costs. */
export const STAGE_BYTES = 1024 * 1024
/** Buffers at least this long are not copied into a stage. */
const LARGE = 64 * 1024
const MOST_FREE_STAGES = 4
/** So much leaves at once at most before others have their turn. */
const TURN_BYTES = 4 * 1024 * 1024

const freeStages: Buffer[] = []

interface Job {
  readonly pieces: readonly Piece[]
  readonly sent: () => void
  index: number
  /** Bytes of the piece at `index` that are staged or written. */
  done: number
}

/**
 * Writes the pieces of answers in order. Late bytes are fetched as the socket takes them, so that however large an answer is
 * and however slow its client, it has one stage of them in memory.
 */
export class PieceWriter {
  readonly #socket: NetSocket
  /** Whatever is written is there a second time until it has left. */
  readonly #encrypts: boolean
  readonly #failed: (error: Error) => void
  /** The first one is being written; those before it are wholly the socket's. */
  readonly #jobs: Job[] = []
  #stage: Buffer | undefined
  #staged = 0
  #turn = 0
  /** A file, the client or the next turn is waited for. */
  #waiting = false

  /** `failed`: late bytes can't be had, in the middle of an answer. */
  constructor(socket: NetSocket, failed: (error: Error) => void) {
    this.#socket = socket
    this.#encrypts = socket.encrypted ?? false
    this.#failed = failed
  }

  /** `sent` is called once: nobody reads the pieces any more, whether they were sent or the socket is gone. */
  write(pieces: readonly Piece[], bytes: number, sent: () => void): void {
    if (this.#jobs.length === 0 && !pieces.some(isLate) && !(this.#encrypts && bytes > STAGE_BYTES)) {
      this.#writeBuffers(pieces as readonly Buffer[], bytes, sent)
      return
    }
    if (this.#socket.destroyed) {
      sent()
      return
    }
    this.#jobs.push({ pieces, sent, index: 0, done: 0 })
    if (!this.#waiting) this.#run()
  }

  #writeBuffers(chunks: readonly Buffer[], bytes: number, sent: () => void): void {
    const joined = chunks.length > 1 && bytes <= JOIN_BELOW ? [Buffer.concat(chunks, bytes)] : chunks
    const last = joined.length - 1
    if (last > 0) this.#socket.cork()
    // What a cork held back is told of a socket's end once more.
    const done = last > 0 ? once(sent) : sent
    try {
      for (let i = 0; i < last; i++) this.#socket.write(joined[i] as Buffer)
      this.#socket.write(joined[last] as Buffer, done)
      if (last > 0) this.#socket.uncork()
    } catch (error) {
      // A TLS session that ends meanwhile has no handle to write to, and Node 26 throws: that must not end the process.
      done()
      this.#failed(error instanceof Error ? error : new Error(String(error)))
    }
  }

  readonly #run = (): void => {
    this.#waiting = false
    for (let job = this.#jobs[0]; job !== undefined; job = this.#jobs[0]) {
      if (this.#socket.destroyed) {
        this.#drop()
        return
      }
      const piece = job.pieces[job.index]
      if (this.#staged === STAGE_BYTES) this.#sendStage()
      else if (piece === undefined) this.#end(job)
      else if (!isLate(piece) && piece.length >= LARGE) this.#pass(job, piece)
      else this.#add(job, piece)
      if (this.#waiting) return
    }
    this.#giveStage()
  }

  /** As much of the piece as the stage has room for. */
  #add(job: Job, piece: Piece): void {
    this.#stage ??= freeStages.pop() ?? Buffer.allocUnsafeSlow(STAGE_BYTES)
    const size = Math.min(piece.length - job.done, STAGE_BYTES - this.#staged)
    if (isLate(piece)) {
      const pending = this.#fetch(piece, job.done, size)
      if (pending !== undefined) {
        this.#waiting = true
        pending.then(
          () => {
            this.#added(job, piece, size)
            this.#run()
          },
          (error: Error) => this.#fail(error),
        )
        return
      }
      if (this.#waiting) return
    } else {
      piece.copy(this.#stage, this.#staged, job.done, job.done + size)
    }
    this.#added(job, piece, size)
  }

  #pass(job: Job, piece: Buffer): void {
    if (this.#staged > 0) {
      this.#sendStage()
      return
    }
    const end = this.#encrypts ? Math.min(job.done + STAGE_BYTES, piece.length) : piece.length
    const part = job.done === 0 && end === piece.length ? piece : piece.subarray(job.done, end)
    if (end === piece.length) job.index++
    job.done = end === piece.length ? 0 : end
    this.#send(part)
  }

  #fetch(piece: LateBytes, from: number, size: number): Promise<void> | undefined {
    try {
      return piece.copyTo(this.#stage as Buffer, this.#staged, from, size)
    } catch (error) {
      this.#fail(error as Error)
      return undefined
    }
  }

  #added(job: Job, piece: Piece, size: number): void {
    this.#staged += size
    job.done += size
    if (job.done < piece.length) return
    job.index++
    job.done = 0
  }

  #sendStage(): void {
    const stage = this.#stage as Buffer
    const bytes = this.#staged
    this.#staged = 0
    this.#send(bytes === STAGE_BYTES ? stage : stage.subarray(0, bytes))
  }

  /** Goes on at once where the kernel took all of it: nobody reads the buffer any more. */
  #send(bytes: Buffer): void {
    let blocked = false
    this.#socket.write(bytes, () => {
      if (blocked) this.#run()
    })
    blocked = this.#socket.writableLength !== 0
    this.#turn += bytes.length
    if (!blocked && this.#turn < TURN_BYTES) return
    this.#waiting = true
    this.#turn = 0
    if (!blocked) setImmediate(this.#run)
  }

  #end(job: Job): void {
    if (this.#staged > 0) {
      this.#sendStage()
      return
    }
    this.#jobs.shift()
    job.sent()
  }

  #fail(error: Error): void {
    this.#waiting = true
    this.#failed(error)
    this.#drop()
  }

  /** The socket is gone. */
  #drop(): void {
    this.#staged = 0
    this.#giveStage()
    const jobs = this.#jobs.splice(0)
    for (const job of jobs) job.sent()
  }

  #giveStage(): void {
    const stage = this.#stage
    this.#stage = undefined
    if (stage !== undefined && freeStages.length < MOST_FREE_STAGES) freeStages.push(stage)
  }
}

function once(run: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    run()
  }
}
