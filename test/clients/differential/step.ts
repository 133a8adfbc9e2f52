import type { ApiName } from '../../../src/protocol/apis.ts'
import type { Body, Reply, Session } from './session.ts'

/** What earlier steps learned, of one broker. */
export interface Context {
  readonly session: Session
  /** Topic name → id. */
  readonly topicIds: Map<string, string>
  /** Its only log directory. */
  readonly dataDir: string
}

export interface Step {
  readonly title: string
  /** Runs against one broker; the answers in order, to be compared after normalising. */
  run(context: Context): Promise<Reply[]>
}

export interface Versions {
  readonly min: number
  readonly max: number
}

/** Sends the bodies that `bodies` makes at every version of the API. */
export function everyVersion(
  name: ApiName,
  versions: Versions,
  cases: Readonly<Record<string, (version: number, context: Context) => Body | undefined>>,
): Step[] {
  return Object.entries(cases).map(([title, body]) => ({
    title: `${name}: ${title}`,
    async run(context) {
      const replies: Reply[] = []
      for (let version = versions.min; version <= versions.max; version += 1) {
        const request = body(version, context)
        if (request !== undefined) replies.push({ version, reply: await context.session.call(name, version, request) })
      }
      return replies
    },
  }))
}

/** A sequence in which later requests depend on earlier answers, once for each given version. */
export function flow(
  title: string,
  versions: Versions,
  run: (context: Context, version: number) => Promise<Reply[]>,
): Step {
  return {
    title,
    async run(context) {
      const replies: Reply[] = []
      for (let version = versions.min; version <= versions.max; version += 1) {
        replies.push({ version, replies: await run(context, version) })
      }
      return replies
    },
  }
}

export const ZERO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'
/** An id that no topic has. */
export const STRANGE_ID = 'AAAAAAAAAAAAAAAAAAAAZw'

export function topicId(context: Pick<Context, 'topicIds'>, name: string): string {
  return context.topicIds.get(name) ?? STRANGE_ID
}
