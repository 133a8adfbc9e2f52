import type { ApiName } from '../../../src/protocol/apis.ts'
import type { Body, Reply, Session } from '../differential/session.ts'
import { type Context, type Step, topicId } from '../differential/step.ts'

/** A body, or how to make it of what is known of the broker. */
export type Asked = Body | ((context: Context) => Body)

/** One request for each case, at one version. */
export function asked(api: ApiName, version: number, cases: Readonly<Record<string, Asked>>): Step[] {
  return Object.entries(cases).map(([title, body]) => ({
    title: `${api} v${version}, refused: ${title}`,
    async run(context) {
      return [await context.session.call(api, version, typeof body === 'function' ? body(context) : body)]
    },
  }))
}

/** Says what is asked and told, one after another; over the connection of the steps unless another is given. */
export class Exchange {
  readonly context: Context
  readonly replies: Reply[] = []
  readonly #opened: Session[] = []

  constructor(context: Context) {
    this.context = context
  }

  async call(api: ApiName, version: number, body: Body, over: Session = this.context.session): Promise<Reply> {
    const reply = await over.call(api, version, body)
    this.replies.push({ [api]: reply })
    return reply
  }

  /** For a request that waits for others, and for what belongs to a connection. */
  another(): Session {
    const session = this.context.session.another()
    this.#opened.push(session)
    return session
  }

  close(): void {
    for (const session of this.#opened) session.close()
  }
}

export function exchange(title: string, run: (talk: Exchange) => Promise<void>): Step {
  return {
    title,
    async run(context) {
      const talk = new Exchange(context)
      try {
        await run(talk)
      } finally {
        talk.close()
      }
      return talk.replies
    },
  }
}

export const idOf = (name: string) => (context: Context) => topicId(context, name)
