import type { Logger } from '../io/ports.ts'
import type { ConnectionInfo } from '../protocol/frame-handler.ts'

/** What happens to one request, as lines of level DEBUG that all have its id. There is one only while they are written. */
export class RequestTrail {
  readonly #logger: Logger
  /** Correlation ids are their connection's own: together with it they name a request of the node. */
  readonly #id: string

  constructor(logger: Logger, connection: Pick<ConnectionInfo, 'id'>, correlationId: number) {
    this.#logger = logger
    this.#id = `${connection.id}#${correlationId}`
  }

  /** Undefined: nobody wants to know. */
  static of(logger: Logger, connection: Pick<ConnectionInfo, 'id'>, correlationId: number): RequestTrail | undefined {
    return logger.writes?.('debug') === true ? new RequestTrail(logger, connection, correlationId) : undefined
  }

  note(message: string, fields: object): void {
    this.#logger.debug({ request: this.#id, ...fields }, message)
  }
}
