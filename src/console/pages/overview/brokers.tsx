import type { BrokerRow } from '../../../http/console/api.ts'
import { Badge, Card } from '../../kit/controls.tsx'
import { bytes, count } from '../../kit/format.ts'
import { to } from '../../kit/router.tsx'
import { BarCell, type Column, LocalTable } from '../../kit/table.tsx'

function columns(largest: number): readonly Column<BrokerRow>[] {
  return [
    {
      id: 'id',
      title: 'Broker',
      width: '90px',
      phone: '60px',
      sortBy: ({ id }) => id,
      cell: ({ id }) => <span className="num">{id}</span>,
    },
    {
      id: 'address',
      title: 'Address',
      sortBy: ({ host }) => host,
      cell: ({ host, port }) => <span className="mono ellipsis">{`${host}:${port}`}</span>,
    },
    {
      id: 'role',
      title: 'State',
      phone: '46%',
      cell: ({ isController, fenced, isSelf, outOfSync }) => (
        <span className="row">
          {fenced && <Badge tone="bad">fenced</Badge>}
          {outOfSync > 0 && <Badge tone="warn">{count(outOfSync)} out of sync</Badge>}
          {!fenced && outOfSync === 0 && <Badge tone="good">in sync</Badge>}
          {isController && <Badge tone="accent">controller</Badge>}
          {isSelf && <Badge title="The broker that serves this console">here</Badge>}
        </span>
      ),
    },
    {
      id: 'rack',
      title: 'Rack',
      from: 'wide',
      width: '130px',
      sortBy: ({ rack }) => rack ?? '',
      cell: ({ rack }) => rack ?? '–',
    },
    {
      id: 'leaders',
      title: 'Leads',
      align: 'end',
      from: 'desk',
      width: '100px',
      sortBy: ({ leaders }) => leaders,
      cell: ({ leaders }) => count(leaders),
    },
    {
      id: 'replicas',
      title: 'Replicas',
      align: 'end',
      from: 'desk',
      width: '110px',
      sortBy: ({ replicas }) => replicas,
      cell: ({ replicas }) => count(replicas),
    },
    {
      id: 'size',
      title: 'On disk',
      align: 'end',
      from: 'desk',
      width: '170px',
      sortBy: ({ sizeInBytes }) => sizeInBytes,
      cell: ({ sizeInBytes }) => <BarCell share={(sizeInBytes ?? 0) / largest}>{bytes(sizeInBytes)}</BarCell>,
    },
  ]
}

export function Brokers({ brokers }: { readonly brokers: readonly BrokerRow[] }) {
  const largest = Math.max(1, ...brokers.map(({ sizeInBytes }) => sizeInBytes ?? 0))
  return (
    <Card title="Brokers" flush>
      <LocalTable
        label="Brokers"
        rows={brokers}
        columns={columns(largest)}
        rowKey={({ id }) => String(id)}
        href={({ id }) => to`/brokers/${id}`}
        firstSort={{ id: 'id', descending: false }}
      />
    </Card>
  )
}
