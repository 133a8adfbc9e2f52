import type { ConnectionRow } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Badge, PageHead } from '../../kit/controls.tsx'
import { bytes, count, duration, plural, time } from '../../kit/format.ts'
import { useRemote } from '../../kit/remote.ts'
import { RemoteTable } from '../../kit/remote-table.tsx'
import { useQuery } from '../../kit/router.tsx'
import { Empty } from '../../kit/states.tsx'
import { type Column, TableTools } from '../../kit/table.tsx'
import { useSettled } from '../../kit/window.ts'
import { InsightTabs } from './insight-tabs.tsx'

const COLUMNS: readonly Column<ConnectionRow>[] = [
  {
    id: 'client',
    title: 'Client',
    cell: ({ clientId }) =>
      clientId === '' ? (
        <span className="quiet">has said nothing yet</span>
      ) : (
        <span className="ellipsis" title={clientId}>
          {clientId}
        </span>
      ),
  },
  {
    id: 'software',
    title: 'Software',
    width: '140px',
    from: 'wide',
    cell: ({ software: { name, version } }) =>
      name === 'unknown' ? (
        <span className="quiet">not said</span>
      ) : (
        <span className="ellipsis" title={`${name} ${version}`}>
          {name} <span className="quiet">{version}</span>
        </span>
      ),
  },
  {
    id: 'address',
    title: 'From',
    width: '148px',
    phone: '38%',
    cell: ({ address, port }) => (
      <span className="ellipsis" title={`${address}:${port}`}>
        {address}:{port}
      </span>
    ),
  },
  {
    id: 'principal',
    title: 'User',
    width: '116px',
    from: 'desk',
    cell: ({ principal }) => <span className="ellipsis">{principal.replace(/^User:/, '')}</span>,
  },
  {
    id: 'listener',
    title: 'Listener',
    width: '112px',
    from: 'wide',
    cell: ({ listener, securityProtocol }) => (
      <span className="row">
        {listener} {securityProtocol !== listener && <Badge>{securityProtocol}</Badge>}
      </span>
    ),
  },
  {
    id: 'requests',
    title: 'Requests',
    align: 'end',
    width: '86px',
    from: 'desk',
    cell: ({ requests }) => count(requests),
  },
  {
    id: 'bytes',
    title: 'In and out',
    align: 'end',
    width: '168px',
    from: 'wide',
    cell: ({ bytesIn, bytesOut }) => `${bytes(bytesIn)} · ${bytes(bytesOut)}`,
  },
  {
    id: 'opened',
    title: 'Open for',
    align: 'end',
    width: '92px',
    cell: ({ openedMs, idleMs }) => (
      <span title={`Since ${time(openedMs)}; idle for ${duration(idleMs)}`}>{duration(Date.now() - openedMs)}</span>
    ),
  },
]

/** Who is connected to this broker now. */
export function ConnectionsPage() {
  const [search, setSearch] = useQuery('search')
  const settled = useSettled(search)
  const list = useRemote(async (offset, limit, signal) => {
    const query = { ...(settled !== '' && { search: settled }), offset, limit }
    const { connections, total } = await call('GET /api/insight/connections', { query }, signal)
    return { rows: connections, total, warnings: [] }
  }, settled)
  return (
    <>
      <PageHead title="Connections" below="To the broker that serves this console" />
      <InsightTabs current="connections" />
      <TableTools
        search={search}
        onSearch={setSearch}
        placeholder="Client, address, user"
        count={list.pending ? '' : plural(list.total, 'connection')}
      />
      <RemoteTable
        list={list}
        label="Connections"
        columns={COLUMNS}
        rowKey={({ id }) => id}
        empty={
          <Empty icon="connections" title={settled === '' ? 'Nobody is connected' : 'No connection is like this'} />
        }
      />
    </>
  )
}
