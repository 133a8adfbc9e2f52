import { OneNode } from './one-node.ts'

/** One node that serves a schema registry, without a login. */
export class OneRegistry implements AsyncDisposable {
  readonly one: OneNode
  readonly port: number

  private constructor(one: OneNode, port: number) {
    this.one = one
    this.port = port
  }

  static async start(): Promise<OneRegistry> {
    const one = await OneNode.start({ overrides: { 'odradek.schema.registry.listeners': 'http://127.0.0.1:0' } })
    const port = one.node.registry[0]?.port
    if (port === undefined) throw new Error('the node serves no registry')
    return new OneRegistry(one, port)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.one.session.close()
    await this.one.node.close()
  }
}
