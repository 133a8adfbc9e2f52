import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { JsonLines } from '../../support/json-lines.ts'
import { OneNode } from '../../support/one-node.ts'

/** A program with a stock client of a schema registry, and the node whose registry it uses. */
export class SerialiserProgram implements AsyncDisposable {
  readonly #one: OneNode
  readonly #lines: JsonLines

  private constructor(one: OneNode, lines: JsonLines) {
    this.#one = one
    this.#lines = lines
  }

  static async start(program: () => ChildProcessWithoutNullStreams): Promise<SerialiserProgram> {
    const one = await OneNode.start({ overrides: { 'odradek.schema.registry.listeners': 'http://127.0.0.1:0' } })
    const started = new SerialiserProgram(one, new JsonLines(program()))
    await started.call('connect', { url: `http://127.0.0.1:${one.node.registry[0]?.port}` })
    return started
  }

  async call(op: string, fields: object = {}): Promise<unknown> {
    const answer = await this.#lines.call({ op, ...fields })
    if (answer.error === undefined) return answer.result
    throw new Error(`${op}: ${String(answer.error)}\n${this.#lines.errors.slice(-3_000)}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lines.close()
    this.#one.session.close()
    await this.#one.node.close()
  }
}
