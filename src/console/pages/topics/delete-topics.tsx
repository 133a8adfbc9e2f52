import { call } from '../../kit/api.ts'
import { Confirm } from '../../kit/dialog.tsx'
import { plural } from '../../kit/format.ts'
import { toast } from '../../kit/toast.ts'
import { failureOf } from '../outcomes.ts'

const NAMED = 12
/** As many as one request may name. */
const AT_ONCE = 1_000

interface Props {
  readonly topics: readonly string[]
  /** Told also where others could not be deleted. */
  readonly onGone: (topics: readonly string[]) => void
  readonly onClose: () => void
}

/** Deletes several topics after one confirmation that says how many they are. */
export function DeleteTopics({ topics, onGone, onClose }: Props) {
  const many = plural(topics.length, 'topic')
  const run = async () => {
    for (let at = 0; at < topics.length; at += AT_ONCE) {
      const answer = await call('POST /api/topics/delete', { body: { topics: topics.slice(at, at + AT_ONCE) } })
      onGone(answer.outcomes.filter(({ error }) => error === undefined).map(({ name }) => name))
      failureOf(answer)
    }
    toast.good(`${many} ${topics.length === 1 ? 'is' : 'are'} gone.`)
  }
  return (
    <Confirm title={`Delete ${many}`} action={`Delete ${many}`} typed={many} run={run} onClose={onClose}>
      <p>All their records are deleted, and the offsets that groups committed for them. There is no way back.</p>
      <ul className="names mono">
        {topics.slice(0, NAMED).map((name) => (
          <li key={name}>{name}</li>
        ))}
        {topics.length > NAMED && <li className="quiet">and {topics.length - NAMED} more</li>}
      </ul>
    </Confirm>
  )
}
