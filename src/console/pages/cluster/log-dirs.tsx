import { useState } from 'react'
import type { LogDirRow } from '../../../http/console/api.ts'
import { Badge, Card, Meter, PageHead } from '../../kit/controls.tsx'
import { bytes, count, percent, plural } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Link, to } from '../../kit/router.tsx'
import { Answered, Notice, Warnings } from '../../kit/states.tsx'
import { type Column, LocalTable } from '../../kit/table.tsx'
import { ClusterTabs } from './cluster-tabs.tsx'

const NEARLY_FULL = 0.85
const FULL = 0.95

/** The directories of all brokers: how full their disks are, and with what. */
export function LogDirsPage() {
  const asked = useAnswer('GET /api/log-dirs', {}, { everyMs: 10_000 })
  return (
    <>
      <PageHead
        title="Log directories"
        below={asked.data && plural(asked.data.directories.length, 'directory', 'directories')}
      />
      <ClusterTabs current="log-dirs" />
      <Answered asked={asked}>
        {({ directories, warnings }) => (
          <div className="stack">
            <Warnings warnings={warnings} />
            {directories.map((directory) => (
              <Directory key={`${directory.brokerId} ${directory.path}`} directory={directory} />
            ))}
          </div>
        )}
      </Answered>
    </>
  )
}

type Replica = LogDirRow['largest'][number]

const COLUMNS: readonly Column<Replica>[] = [
  {
    id: 'partition',
    title: 'The largest in it',
    sortBy: ({ topic, partition }) => `${topic} ${partition}`,
    cell: ({ topic, partition, isFuture }) => (
      <span className="row">
        <Link className="ellipsis" to={to`/topics/${topic}/partitions`}>
          {topic}-{partition}
        </Link>
        {isFuture && <Badge title="It is being moved here from another directory">arriving</Badge>}
      </span>
    ),
  },
  {
    id: 'lag',
    title: 'Behind by',
    align: 'end',
    width: '110px',
    from: 'desk',
    sortBy: ({ offsetLag }) => offsetLag,
    cell: ({ offsetLag }) => count(offsetLag),
  },
  {
    id: 'size',
    title: 'Size',
    align: 'end',
    width: '120px',
    sortBy: ({ sizeInBytes }) => sizeInBytes,
    cell: ({ sizeInBytes }) => bytes(sizeInBytes),
  },
]

function Directory({ directory }: { readonly directory: LogDirRow }) {
  const { brokerId, path, error, cordoned, replicas, sizeInBytes, largest } = directory
  const [open, setOpen] = useState(false)
  return (
    <Card
      title={
        <span className="row wrap">
          <span className="mono">{path}</span>
          <Badge>broker {brokerId}</Badge>
          {error !== undefined && <Badge tone="bad">offline</Badge>}
          {cordoned && (
            <Badge tone="warn" title="No new replica is placed here">
              cordoned
            </Badge>
          )}
        </span>
      }
    >
      <div className="stack tight">
        {error !== undefined && <Notice tone="bad">{error}</Notice>}
        <Usage directory={directory} />
        <p className="soft">
          {bytes(sizeInBytes)} in {plural(replicas, 'replica')}
        </p>
        {largest.length > 0 && (
          <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
            <summary className="quiet">What is largest</summary>
            {open && (
              <LocalTable
                label={`Replicas in ${path}`}
                rows={largest}
                columns={COLUMNS}
                rowKey={({ topic, partition, isFuture }) => `${topic}-${partition} ${isFuture}`}
                firstSort={{ id: 'size', descending: true }}
              />
            )}
          </details>
        )}
      </div>
    </Card>
  )
}

function Usage({ directory: { totalBytes, usableBytes } }: { readonly directory: LogDirRow }) {
  if (totalBytes === undefined || usableBytes === undefined || totalBytes <= 0) return null
  const used = totalBytes - usableBytes
  const share = used / totalBytes
  return (
    <div className="stack tight">
      <Meter
        share={share}
        label={`The disk is ${percent(used, totalBytes)} full`}
        tone={share > FULL ? 'bad' : share > NEARLY_FULL ? 'warn' : 'accent'}
      />
      <p className="quiet">
        {bytes(usableBytes)} of {bytes(totalBytes)} are free on its disk
      </p>
    </div>
  )
}
