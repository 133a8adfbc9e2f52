import { useState } from 'react'
import type { ReassignmentsAnswer } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Badge, Button, Meter, PageHead } from '../../kit/controls.tsx'
import { Confirm } from '../../kit/dialog.tsx'
import { SelectField } from '../../kit/form.tsx'
import { bytes, percent, plural } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Answered, Empty } from '../../kit/states.tsx'
import { type Column, LocalTable } from '../../kit/table.tsx'
import { toast } from '../../kit/toast.ts'
import { failureOf } from '../outcomes.ts'
import { PARTITION } from '../partition-column.tsx'
import { ClusterTabs } from './cluster-tabs.tsx'
import { Move } from './move.tsx'

type Row = ReassignmentsAnswer['reassignments'][number]

/** Partitions that move between brokers, and leaders that go back to the brokers they are meant for. */
export function ReassignmentsPage() {
  const asked = useAnswer('GET /api/reassignments', {}, { everyMs: 3000 })
  const [open, setOpen] = useState<'move' | 'elect' | Row>()
  const close = () => setOpen(undefined)
  const columns: readonly Column<Row>[] = [
    PARTITION,
    {
      id: 'replicas',
      title: 'Brokers',
      width: '30%',
      cell: ({ replicas, adding, removing }) => (
        <span className="row">
          {replicas.map((broker) => (
            <Badge
              key={broker}
              tone={adding.includes(broker) ? 'good' : removing.includes(broker) ? 'warn' : 'neutral'}
            >
              {broker}
              {adding.includes(broker) ? ' joins' : removing.includes(broker) ? ' leaves' : ''}
            </Badge>
          ))}
        </span>
      ),
    },
    { id: 'progress', title: 'Copied', width: '34%', phone: '30%', cell: (row) => <Progress row={row} /> },
    {
      id: 'cancel',
      title: '',
      width: '100px',
      phone: '84px',
      align: 'end',
      cell: (row) => (
        <Button size="small" onClick={() => setOpen(row)}>
          Cancel
        </Button>
      ),
    },
  ]
  return (
    <>
      <PageHead
        title="Reassignments"
        below={asked.data && plural(asked.data.reassignments.length, 'partition')}
        actions={
          <>
            <Button onClick={() => setOpen('elect')}>Elect leaders</Button>
            <Button look="primary" onClick={() => setOpen('move')}>
              Move partitions
            </Button>
          </>
        }
      />
      <ClusterTabs current="reassignments" />
      <Answered asked={asked}>
        {({ reassignments }) => (
          <LocalTable
            label="Reassignments under way"
            rows={reassignments}
            columns={columns}
            rowKey={({ topic, partition }) => `${topic}-${partition}`}
            firstSort={{ id: 'partition', descending: false }}
            empty={
              <Empty icon="map" title="Nothing moves">
                A partition that gets other brokers is listed here until they have its records.
              </Empty>
            }
          />
        )}
      </Answered>
      {open === 'move' && <Move onChanged={asked.refresh} onClose={close} />}
      {open === 'elect' && <Elect onClose={close} />}
      {typeof open === 'object' && <Cancel row={open} onChanged={asked.refresh} onClose={close} />}
    </>
  )
}

/** Of the broker that has least. */
function Progress({ row: { progress } }: { readonly row: Row }) {
  const [slowest] = [...progress].sort((a, b) => a.sizeInBytes - b.sizeInBytes)
  if (slowest === undefined) return <span className="quiet">not known</span>
  const { broker, sizeInBytes, ofBytes } = slowest
  const words = `Broker ${broker} has ${bytes(sizeInBytes)} of ${bytes(ofBytes)}`
  return (
    <span className="row num" title={words}>
      {percent(sizeInBytes, ofBytes)}
      <span className="grow">
        <Meter share={ofBytes === 0 ? 1 : sizeInBytes / ofBytes} label={words} />
      </span>
      <span className="quiet from-desk">
        {bytes(sizeInBytes)} of {bytes(ofBytes)}
      </span>
    </span>
  )
}

interface OpenProps {
  readonly onChanged: () => Promise<void>
  readonly onClose: () => void
}

function Cancel({ row: { topic, partition }, onChanged, onClose }: OpenProps & { readonly row: Row }) {
  const run = async () => {
    failureOf(
      await call('POST /api/reassignments/alter', { body: { partitions: [{ topic, partition, replicas: null }] } }),
    )
    toast.good(`${topic}-${partition} stays where it was.`)
    await onChanged()
  }
  return (
    <Confirm
      title={`Stop moving ${topic}-${partition}`}
      action="Stop moving"
      danger={false}
      run={run}
      onClose={onClose}
    >
      <p>It goes on with the brokers that it had.</p>
    </Confirm>
  )
}

const KINDS = [
  { value: 'preferred', title: 'The first of its replicas, where that is in sync' },
  { value: 'unclean', title: 'Any replica, where there is no other (records may be lost)' },
] as const

function Elect({ onClose }: { readonly onClose: () => void }) {
  const [kind, setKind] = useState<(typeof KINDS)[number]['value']>('preferred')
  const run = async () => {
    const { outcomes } = await call('POST /api/leaders/elect', { body: { kind } })
    const elected = outcomes.filter(({ error }) => error === undefined).length
    toast.good(
      outcomes.length === 0 ? 'Each leader is where it belongs.' : `${plural(elected, 'partition')} got a new leader.`,
    )
  }
  return (
    <Confirm title="Elect leaders" action="Elect" danger={kind === 'unclean'} run={run} onClose={onClose}>
      <SelectField label="Who is to lead" value={kind} choices={KINDS} onChange={setKind} />
      <p className="soft">In all partitions that need it.</p>
    </Confirm>
  )
}
