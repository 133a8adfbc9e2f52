import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { JsonLines } from '../../support/json-lines.ts'
import { OneRegistry } from '../../support/one-registry.ts'

/** A program with a stock client of a schema registry, and the node whose registry it uses. */
export class SerialiserProgram implements AsyncDisposable {
  readonly #registry: OneRegistry
  readonly #lines: JsonLines

  private constructor(registry: OneRegistry, lines: JsonLines) {
    this.#registry = registry
    this.#lines = lines
  }

  static async start(program: () => ChildProcessWithoutNullStreams): Promise<SerialiserProgram> {
    const registry = await OneRegistry.start()
    const started = new SerialiserProgram(registry, new JsonLines(program()))
    await started.call('connect', { url: registry.url })
    return started
  }

  async call(op: string, fields: object = {}): Promise<unknown> {
    const answer = await this.#lines.call({ op, ...fields })
    if (answer.error === undefined) return answer.result
    throw new Error(`${op}: ${String(answer.error)}\n${this.#lines.errors.slice(-3_000)}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lines.close()
    await this.#registry[Symbol.asyncDispose]()
  }
}
