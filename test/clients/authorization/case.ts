import type { ApiName } from '../../../src/protocol/apis.ts'
import type { Body } from '../differential/session.ts'
import type { Names } from './grants.ts'

/** What a case may refer to. */
export interface Known extends Names {
  readonly idOf: (topic: string) => string
}

export interface Case {
  readonly title: string
  readonly api: ApiName
  readonly version: number
  readonly body: (known: Known) => Body
  /** Of a controller's listener; left out: of a broker's. */
  readonly onController?: boolean
  /** What the answer has in it, as bytes. */
  readonly carries?: { readonly api: ApiName; readonly version: number }
  /** The cluster is not the same afterwards, where it may be done. */
  readonly changes?: boolean
}

type More = Pick<Case, 'onController' | 'changes' | 'carries'>

export function one(api: ApiName, version: number, what: string, body: Case['body'], more: More = {}): Case {
  return { title: `${api} v${version}${what === '' ? '' : ` ${what}`}`, api, version, body, ...more }
}

/** One request that names all of the user's topics, and one for each of them. */
export function ofTopics(
  api: ApiName,
  version: number,
  body: (topics: readonly string[], known: Known) => Body,
  more: More = {},
): Case[] {
  const all = one(
    api,
    version,
    'of all',
    (known) => body([known.own, known.hidden, known.absent, known.fresh], known),
    more,
  )
  const kinds = ['own', 'hidden', 'absent', 'fresh'] as const
  return [all, ...kinds.map((kind) => one(api, version, `of ${kind}`, (known) => body([known[kind]], known), more))]
}

export const NO_GROUP = 'somebody-elses-group'
export const NO_TRANSACTION = 'somebody-elses-transaction'
