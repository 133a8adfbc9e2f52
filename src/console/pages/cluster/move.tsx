import { useState } from 'react'
import type { Topic } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Button } from '../../kit/controls.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField, useSubmit } from '../../kit/form.tsx'
import { plural } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Problem } from '../../kit/states.tsx'
import { toast } from '../../kit/toast.ts'
import { useSettled } from '../../kit/window.ts'
import { failureOf } from '../outcomes.ts'
import { brokersIn, type Placed, partitionsIn, spread } from './spread.ts'

const SHOWN = 6

interface Props {
  /** Not given: it is asked for. */
  readonly topic?: string
  /** `0, 3-5`; empty: all. */
  readonly partitions?: string
  readonly onChanged: () => Promise<void>
  readonly onClose: () => void
}

/** Moves partitions of a topic, or all of them, to other brokers, and says before which goes where. */
export function Move({ topic: given = '', partitions: chosen = '', onChanged, onClose }: Props) {
  const [topic, setTopic] = useState(given)
  const [partitions, setPartitions] = useState(chosen)
  const [brokers, setBrokers] = useState('')
  const [replicas, setReplicas] = useState('')
  const name = topic.trim()
  const settled = useSettled(name)
  const { data } = useAnswer('GET /api/topics/:topic', { topic: settled }, { enabled: settled !== '' })
  const known = data?.name === name ? data : undefined
  const plan = known && planned(known, partitions, brokers, replicas)
  const { busy, error, submit } = useSubmit(async () => {
    const moved = planned(await call('GET /api/topics/:topic', { topic: name }), partitions, brokers, replicas)
    if (moved instanceof Error) throw moved
    const body = { partitions: moved.map((placed) => ({ topic: name, ...placed })) }
    failureOf(await call('POST /api/reassignments/alter', { body }))
    toast.good(`${plural(moved.length, 'partition')} of ${name} ${moved.length === 1 ? 'moves' : 'move'}.`)
    await onChanged()
    onClose()
  })
  return (
    <Dialog
      title={given === '' ? 'Move partitions' : `Move partitions of ${given}`}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy || name === '' || brokers.trim() === ''}>
            Move
          </Button>
        </>
      }
    >
      <div className="fields">
        {given === '' && <TextField code autoFocus label="Topic" value={topic} onChange={setTopic} />}
        <TextField
          code
          label="Partitions"
          value={partitions}
          onChange={setPartitions}
          placeholder="all"
          hint="0, 3-5"
        />
      </div>
      <div className="fields">
        <TextField
          code
          autoFocus={given !== ''}
          label="Brokers"
          value={brokers}
          onChange={setBrokers}
          placeholder="1, 2, 3"
          hint="They lead in turn."
        />
        <TextField
          label="Replicas"
          type="number"
          min={1}
          max={1_000}
          value={replicas}
          onChange={setReplicas}
          placeholder={known === undefined ? 'as now' : String(known.replicationFactor)}
          hint="Of each partition."
        />
      </div>
      {plan instanceof Error ? <p className="problem">{plan.message}</p> : <Plan topic={known} plan={plan} />}
      <Problem error={error} />
    </Dialog>
  )
}

function planned(topic: Topic, partitions: string, brokers: string, replicas: string): readonly Placed[] | Error {
  try {
    const ids = brokersIn(brokers)
    const moved = partitionsIn(partitions, topic.partitions.length)
    // Who names one partition names its replicas.
    const now = moved.length === 1 && partitions.trim() !== '' ? ids.length : topic.replicationFactor
    const each = replicas.trim() === '' ? Math.min(now, ids.length) : Number(replicas)
    if (ids.length > 0 && each > ids.length) return new Error(`${plural(each, 'replica')} need as many brokers.`)
    return ids.length === 0 ? [] : spread(moved, ids, each)
  } catch (error) {
    return error as Error
  }
}

function Plan({ topic, plan }: { readonly topic: Topic | undefined; readonly plan: readonly Placed[] | undefined }) {
  if (topic === undefined || plan === undefined || plan.length === 0) return null
  const now = new Map(topic.partitions.map(({ partition, replicas }) => [partition, replicas]))
  return (
    <ul className="names mono" aria-label="What moves">
      {plan.slice(0, SHOWN).map(({ partition, replicas }) => (
        <li key={partition}>
          {partition}: {now.get(partition)?.join(', ')} → {replicas.join(', ')}
        </li>
      ))}
      {plan.length > SHOWN && <li className="quiet">and {plan.length - SHOWN} more</li>}
    </ul>
  )
}
