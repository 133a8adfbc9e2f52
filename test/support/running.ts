import { type ChildProcess, spawn } from 'node:child_process'
import { exited } from './process.ts'

/** A process that runs until it is stopped, and the last part of what it wrote. */
export class Running {
  readonly child: ChildProcess
  #output = ''

  constructor(command: string, args: readonly string[], options: { env?: NodeJS.ProcessEnv; cwd?: string } = {}) {
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString()).slice(-200_000)
    }
    this.child.stdout?.on('data', keep)
    this.child.stderr?.on('data', keep)
    this.child.on('error', (error) => keep(Buffer.from(String(error))))
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`never started: ${this.#output}`)
    return this.child.pid
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined
  }

  get output(): string {
    return this.#output
  }

  /** SIGTERM, and SIGKILL when that did not help in time; gives the exit code. */
  async stop(timeoutMs = 30_000): Promise<number | null> {
    if (!this.running) return this.child.exitCode
    this.child.kill('SIGTERM')
    const timer = setTimeout(() => this.child.kill('SIGKILL'), timeoutMs)
    const code = await exited(this.child)
    clearTimeout(timer)
    return code
  }

  async kill(): Promise<void> {
    if (!this.running) return
    this.child.kill('SIGKILL')
    await exited(this.child)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
