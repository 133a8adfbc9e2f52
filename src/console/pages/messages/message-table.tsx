import { useMemo } from 'react'
import type { Message } from '../../../http/console/api.ts'
import { bytes, count, time } from '../../kit/format.ts'
import { useStore } from '../../kit/store.ts'
import { type Column, Table } from '../../kit/table.tsx'
import { preview } from './data.ts'
import { decode, lineOf } from './decode.ts'
import { schemasKnown } from './schemas.ts'

export interface MessageTableProps {
  readonly messages: readonly Message[]
  readonly openId: string | undefined
  readonly hasRegistry: boolean
  readonly onOpen: (message: Message) => void
  /** j and k went to it. */
  readonly onMove: (message: Message) => void
}

const BESIDE: ReadonlySet<string> = new Set(['time', 'key', 'value'])

function Cell({ part, hasRegistry }: { readonly part: Message['value']; readonly hasRegistry: boolean }) {
  // Its bytes never change; what is known of schemas does.
  const known = useStore(schemasKnown)
  const { kind, line } = useMemo(() => {
    void known
    const decoded = decode(part, 'auto', hasRegistry)
    return { kind: decoded.kind, line: preview(lineOf(decoded, part)) }
  }, [part, hasRegistry, known])
  if (kind === 'null') return <span className="quiet">null</span>
  return (
    <bdi dir="ltr" className={`mono cell-${kind}`}>
      {line === '' ? <span className="quiet">empty</span> : line}
    </bdi>
  )
}

export function MessageTable({ messages, openId, hasRegistry, onOpen, onMove }: MessageTableProps) {
  const columns = useMemo<readonly Column<Message>[]>(
    () => [
      {
        id: 'time',
        title: 'Time',
        width: '214px',
        cell: ({ timestamp }) => <span className="num soft">{time(timestamp)}</span>,
      },
      {
        id: 'partition',
        title: 'Part.',
        hint: 'Partition',
        width: '58px',
        align: 'end',
        from: 'desk',
        cell: ({ partition }) => <span className="soft">{partition}</span>,
      },
      {
        id: 'offset',
        title: 'Offset',
        width: '98px',
        align: 'end',
        from: 'desk',
        cell: ({ offset }) => <span className="soft">{count(offset)}</span>,
      },
      {
        id: 'key',
        title: 'Key',
        width: '18%',
        from: 'desk',
        cell: ({ key }) => <Cell part={key} hasRegistry={hasRegistry} />,
      },
      { id: 'value', title: 'Value', cell: ({ value }) => <Cell part={value} hasRegistry={hasRegistry} /> },
      {
        id: 'size',
        title: 'Size',
        width: '84px',
        align: 'end',
        from: 'wide',
        cell: ({ sizeInBytes }) => <span className="soft">{bytes(sizeInBytes)}</span>,
      },
    ],
    [hasRegistry],
  )
  // Beside an open message only what tells the others apart has room.
  const shown = openId === undefined ? columns : columns.filter(({ id }) => BESIDE.has(id))
  return (
    <Table
      label="Messages"
      columns={shown}
      total={messages.length}
      rowAt={(at) => messages[at]}
      rowKey={({ partition, offset }) => `${partition}:${offset}`}
      onOpen={onOpen}
      onMove={onMove}
      isOpen={({ partition, offset }) => `${partition}:${offset}` === openId}
    />
  )
}
