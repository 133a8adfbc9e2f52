import { type Family, gauge, one } from './family.ts'

const CACHE = 'kafka_server_sharesessioncache'

export interface ShareSessionsView {
  readonly size: number
  readonly partitionCount: number
}

/** Members of share groups that fetch from this broker. */
export function shareFamilies(sessions: ShareSessionsView): Family[] {
  return [
    gauge(
      `${CACHE}_sharesessionscount`,
      'Share sessions.',
      one(() => sessions.size),
    ),
    gauge(
      `${CACHE}_sharepartitionscount`,
      'Partitions of all share sessions.',
      one(() => sessions.partitionCount),
    ),
  ]
}
