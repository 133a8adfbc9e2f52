import { useState } from 'react'
import type { Topic } from '../../../http/console/api.ts'
import { ApiError, call } from '../../kit/api.ts'
import { Button } from '../../kit/controls.tsx'
import { Confirm, Dialog } from '../../kit/dialog.tsx'
import { TextField, useSubmit } from '../../kit/form.tsx'
import { count, plural } from '../../kit/format.ts'
import { navigate } from '../../kit/router.tsx'
import { Notice, Problem } from '../../kit/states.tsx'
import { toast } from '../../kit/toast.ts'
import { CopyTopic } from './copy.tsx'
import { Truncate } from './truncate.tsx'

type Open = 'partitions' | 'copy' | 'truncate' | 'delete'

interface ActionProps {
  readonly topic: Topic
  readonly onChanged: () => Promise<void>
}

/** What can be done to a topic as a whole. Those that lose data ask for its name. */
export function TopicActions({ topic, onChanged }: ActionProps) {
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)
  const may = (operation: string) => topic.operations.includes(operation)
  return (
    <>
      {may('ALTER') && (
        <Button icon="plus" onClick={() => setOpen('partitions')}>
          Partitions
        </Button>
      )}
      <Button
        icon="copy"
        aria-label="Copy this topic"
        title="A new topic with its settings"
        onClick={() => setOpen('copy')}
      />
      {may('DELETE') && (
        <>
          <Button onClick={() => setOpen('truncate')}>Truncate</Button>
          <Button icon="trash" aria-label="Delete this topic" onClick={() => setOpen('delete')} />
        </>
      )}
      {open === 'partitions' && <AddPartitions topic={topic} onChanged={onChanged} onClose={close} />}
      {open === 'truncate' && <Truncate topics={[topic.name]} onChanged={onChanged} onClose={close} />}
      {open === 'copy' && <CopyTopic topic={topic} onClose={close} />}
      {open === 'delete' && <Delete topic={topic} onClose={close} />}
    </>
  )
}

interface OpenProps extends ActionProps {
  readonly onClose: () => void
}

function AddPartitions({ topic, onChanged, onClose }: OpenProps) {
  const now = topic.partitions.length
  const [total, setTotal] = useState(String(now + 1))
  const { busy, error, submit } = useSubmit(async () => {
    await call('POST /api/topics/add-partitions', { body: { topic: topic.name, total: Number(total) } })
    toast.good(`${topic.name} has ${plural(Number(total), 'partition')} now.`)
    await onChanged()
    onClose()
  })
  return (
    <Dialog
      title="Add partitions"
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy || !(Number(total) > now)}>
            Add {Number(total) > now ? plural(Number(total) - now, 'partition') : 'partitions'}
          </Button>
        </>
      }
    >
      <TextField
        label="Partitions in all"
        type="number"
        min={now + 1}
        max={10_000}
        autoFocus
        value={total}
        onChange={setTotal}
        hint={`There are ${count(now)}.`}
      />
      <Notice tone="warn">
        Keys are spread over all partitions: from now on many keys go to another partition than their earlier records.
        They can not be taken away again.
      </Notice>
      <Problem error={error} />
    </Dialog>
  )
}

function Delete({ topic, onClose }: { readonly topic: Topic; readonly onClose: () => void }) {
  const run = async () => {
    const { outcomes } = await call('POST /api/topics/delete', { body: { topics: [topic.name] } })
    const failed = outcomes.find(({ error }) => error !== undefined)
    if (failed?.error !== undefined) throw new ApiError(200, failed.error)
    toast.good(`Topic ${topic.name} is gone.`)
    navigate('/topics', { replace: true })
  }
  return (
    <Confirm title={`Delete ${topic.name}`} action="Delete topic" typed={topic.name} run={run} onClose={onClose}>
      <p>
        All records in {plural(topic.partitions.length, 'partition')} are deleted, and the offsets that groups committed
        for them. There is no way back.
      </p>
      {topic.internal && <Notice tone="bad">The cluster keeps its own state in this topic.</Notice>}
    </Confirm>
  )
}
