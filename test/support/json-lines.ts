import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'

interface Answer {
  readonly id: number
  readonly [field: string]: unknown
}

/** A program that takes one JSON command a line and gives one JSON answer a line, in any order, matched by `id`. */
export class JsonLines {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>()
  #next = 1
  #errors = ''

  constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child
    createInterface({ input: child.stdout }).on('line', (line) => this.#take(line))
    child.stderr.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-20_000)
    })
    child.stdin.on('error', () => {})
    child.on('close', (code) => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`the program ended with ${code}: ${this.#errors}`))
      this.#waiting.clear()
    })
  }

  get errors(): string {
    return this.#errors
  }

  #take(line: string): void {
    if (!line.startsWith('{')) {
      this.#errors = `${this.#errors}${line}\n`.slice(-20_000)
      return
    }
    const answer = JSON.parse(line) as Answer
    this.#waiting.get(answer.id)?.resolve(answer)
    this.#waiting.delete(answer.id)
  }

  call(command: object): Promise<Answer> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#child.stdin.write(`${JSON.stringify({ id, ...command })}\n`)
    })
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const closed = new Promise<void>((resolve) => this.#child.once('close', () => resolve()))
    this.#child.stdin.end()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5_000)
    await closed
    clearTimeout(timer)
  }
}
