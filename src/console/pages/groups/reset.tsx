import { useState } from 'react'
import type { Group, ResetOffsetsAnswer, ResetOffsetsBody } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Badge, Button } from '../../kit/controls.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { Segments, SelectField, TextField, useSubmit } from '../../kit/form.tsx'
import { count, plural } from '../../kit/format.ts'
import { useAsked } from '../../kit/poll.ts'
import { Answered, Notice, Problem } from '../../kit/states.tsx'
import { type Column, LocalTable } from '../../kit/table.tsx'
import { toast } from '../../kit/toast.ts'
import { useSettled } from '../../kit/window.ts'
import { TimeHint } from '../messages/time-field.tsx'
import { parsedTime } from '../messages/times.ts'

type Way = 'earliest' | 'latest' | 'time' | 'offset' | 'shift'

const WAYS = [
  { value: 'earliest', title: 'Beginning' },
  { value: 'latest', title: 'End' },
  { value: 'time', title: 'A time' },
  { value: 'offset', title: 'An offset' },
  { value: 'shift', title: 'Back or forth' },
] as const

interface ResetProps {
  readonly group: Group
  readonly onChanged: () => Promise<void>
  readonly onClose: () => void
}

/** Moves where a group goes on, and shows before what that means in each partition. */
export function ResetOffsets({ group, onChanged, onClose }: ResetProps) {
  const [way, setWay] = useState<Way>('earliest')
  const [text, setText] = useState('')
  const [topic, setTopic] = useState('')
  const settled = useSettled(text)
  const target = targetOf(way, settled)
  const body: Omit<ResetOffsetsBody, 'preview'> | undefined = target && {
    group: group.group,
    to: target,
    ...(topic !== '' && { topics: [{ topic }] }),
  }
  const preview = useAsked(
    (signal) => call('POST /api/groups/reset-offsets', { body: { ...present(body), preview: true } }, signal),
    JSON.stringify(body ?? ''),
    { enabled: body !== undefined, keep: true },
  )
  const { busy, error, submit } = useSubmit(async () => {
    const answer = await call('POST /api/groups/reset-offsets', { body: { ...present(body), preview: false } })
    if (!answer.applied) throw new Error(answer.obstacle ?? 'Nothing was changed.')
    const failed = answer.partitions.filter((partition) => partition.error !== undefined)
    if (failed[0]?.error !== undefined) throw new Error(`${failed[0].topic}: ${failed[0].error.message}`)
    toast.good(`${group.group} goes on elsewhere in ${plural(answer.partitions.length, 'partition')}.`)
    await onChanged()
    onClose()
  })
  const topics = [...new Set(group.partitions.map((partition) => partition.topic))].sort()
  const obstacle = preview.data?.obstacle
  return (
    <Dialog
      wide
      title={`Reset offsets of ${group.group}`}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="primary"
            disabled={busy || body === undefined || preview.data === undefined || obstacle !== undefined}
          >
            Reset
          </Button>
        </>
      }
    >
      <Segments label="Where to" value={way} choices={WAYS} onChange={setWay} />
      {way !== 'earliest' && way !== 'latest' && <Where way={way} text={text} onChange={setText} />}
      {topics.length > 1 && (
        <SelectField
          label="Topics"
          value={topic}
          choices={[
            { value: '', title: `All ${count(topics.length)}` },
            ...topics.map((value) => ({ value, title: value })),
          ]}
          onChange={setTopic}
        />
      )}
      {obstacle !== undefined && <Notice tone="warn">{obstacle}</Notice>}
      {body === undefined ? (
        <p className="quiet">Say where to, and what would change is shown here.</p>
      ) : (
        <Answered asked={preview}>{(answer) => <Preview answer={answer} />}</Answered>
      )}
      <Problem error={error} />
    </Dialog>
  )
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('Say where to.')
  return value
}

function targetOf(way: Way, text: string): ResetOffsetsBody['to'] | undefined {
  if (way === 'earliest' || way === 'latest') return way
  if (way === 'time') {
    const timestamp = parsedTime(text)
    return timestamp === undefined ? undefined : { timestamp }
  }
  const amount = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(amount)) return undefined
  if (way === 'shift') return { shift: amount }
  return amount < 0 ? undefined : { offset: amount }
}

function Where({
  way,
  text,
  onChange,
}: {
  readonly way: 'time' | 'offset' | 'shift'
  readonly text: string
  readonly onChange: (text: string) => void
}) {
  if (way === 'time') {
    return (
      <TextField
        code
        autoFocus
        label="The first record at or after"
        value={text}
        onChange={onChange}
        placeholder="2026-01-31 12:00 or 2h"
        hint={<TimeHint text={text} />}
      />
    )
  }
  return (
    <TextField
      code
      autoFocus
      inputMode="numeric"
      label={way === 'offset' ? 'Offset, in each partition' : 'Records to move by'}
      value={text}
      onChange={onChange}
      hint={way === 'shift' ? 'Less than 0: reads again; more: skips.' : 'Beyond what there is: the nearest that is.'}
    />
  )
}

type PreviewRow = ResetOffsetsAnswer['partitions'][number]

const COLUMNS: readonly Column<PreviewRow>[] = [
  {
    id: 'partition',
    title: 'Partition',
    sortBy: ({ topic, partition }) => `${topic} ${partition}`,
    cell: ({ topic, partition }) => (
      <span className="ellipsis" title={`${topic}-${partition}`}>
        {topic}-{partition}
      </span>
    ),
  },
  {
    id: 'current',
    title: 'Now',
    width: '110px',
    align: 'end',
    from: 'desk',
    sortBy: ({ current }) => current,
    cell: ({ current }) => count(current),
  },
  {
    id: 'next',
    title: 'Then',
    width: '110px',
    phone: '64px',
    align: 'end',
    sortBy: ({ next }) => next,
    cell: ({ next }) => count(next),
  },
  {
    id: 'change',
    title: 'What that means',
    width: '190px',
    phone: '124px',
    sortBy: ({ change }) => change,
    cell: ({ change, error }) =>
      error !== undefined ? (
        <Badge tone="bad" title={error.message}>
          {error.code}
        </Badge>
      ) : (
        <Change change={change} />
      ),
  },
]

function Change({ change }: { readonly change: number | undefined }) {
  if (change === undefined) return <span className="quiet">its first offset</span>
  if (change === 0) return <span className="quiet">stays</span>
  return change > 0 ? <span>{count(change)} read again</span> : <span className="warn">{count(-change)} skipped</span>
}

function Preview({ answer }: { readonly answer: ResetOffsetsAnswer }) {
  return (
    <LocalTable
      label="What would change"
      rows={answer.partitions}
      columns={COLUMNS}
      rowKey={({ topic, partition }) => `${topic}-${partition}`}
      firstSort={{ id: 'partition', descending: false }}
    />
  )
}
