import { useState } from 'react'
import { ApiError, call } from '../../kit/api.ts'
import { Confirm } from '../../kit/dialog.tsx'
import { Segments, TextField } from '../../kit/form.tsx'
import { plural } from '../../kit/format.ts'
import { toast } from '../../kit/toast.ts'
import { TimeHint } from '../messages/time-field.tsx'
import { parsedTime } from '../messages/times.ts'

const NAMED = 12

type Before = 'end' | 'time'

interface Props {
  readonly topics: readonly string[]
  /** Only these, of the one topic. */
  readonly partitions?: readonly number[]
  readonly onChanged: () => Promise<void>
  readonly onClose: () => void
}

/** Deletes records of topics, or of some partitions of one, after a confirmation that says of how many. */
export function Truncate({ topics, partitions, onChanged, onClose }: Props) {
  const [before, setBefore] = useState<Before>('end')
  const [when, setWhen] = useState('')
  const [only] = topics
  const what = topics.length === 1 && only !== undefined ? only : plural(topics.length, 'topic')
  const run = async () => {
    const timestamp = parsedTime(when)
    if (before === 'time' && timestamp === undefined) throw new Error('Say until when.')
    const until = before === 'end' || timestamp === undefined ? 'end' : { timestamp }
    for (const topic of topics) await truncated(topic, until, partitions)
    toast.good(`The records of ${what} were deleted.`)
    await onChanged()
  }
  return (
    <Confirm
      title={partitions === undefined ? `Truncate ${what}` : `Truncate ${plural(partitions.length, 'partition')}`}
      action="Delete records"
      typed={what}
      run={run}
      onClose={onClose}
    >
      <p>
        Records are deleted for good; the {topics.length === 1 ? 'topic, its' : 'topics, their'} settings and offsets
        stay. Groups that were to read them go on behind them.
      </p>
      {partitions !== undefined && (
        <p>
          Of {what}: {partitions.length === 1 ? 'partition' : 'partitions'} {listed(partitions.map(String))}.
        </p>
      )}
      {topics.length > 1 && <p className="mono">{listed(topics)}</p>}
      <Segments
        label="Which records"
        value={before}
        onChange={setBefore}
        choices={[
          { value: 'end', title: 'All that are there now' },
          { value: 'time', title: 'Those older than a time' },
        ]}
      />
      {before === 'time' && (
        <TextField
          code
          label="Older than"
          value={when}
          onChange={setWhen}
          placeholder="2026-01-31 12:00 or 2h"
          hint={<TimeHint text={when} />}
        />
      )}
    </Confirm>
  )
}

async function truncated(
  topic: string,
  before: 'end' | { readonly timestamp: number },
  partitions: readonly number[] | undefined,
): Promise<void> {
  const body = { topic, before, ...(partitions && { partitions }) }
  const answer = await call('POST /api/topics/delete-records', { body })
  const failed = answer.partitions.find(({ error }) => error !== undefined)
  if (failed?.error === undefined) return
  const { code, message } = failed.error
  throw new ApiError(200, { code, message: `${topic}-${failed.partition}: ${message}` })
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMED
  return `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
