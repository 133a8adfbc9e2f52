import type { Remote } from './remote.ts'
import { Failure, Loading, Warnings } from './states.tsx'
import { Table, type TableProps } from './table.tsx'

export interface RemoteTableProps<Row> extends Omit<TableProps<Row>, 'total' | 'rowAt' | 'onView'> {
  readonly list: Remote<Row>
}

/** A table of what `useRemote` asks for: bones until the first rows are there, the failure where there are none. */
export function RemoteTable<Row>({ list, ...rest }: RemoteTableProps<Row>) {
  const { warnings, pending, error, total, refresh, rowAt, onView } = list
  if (pending) return <Loading lines={10} />
  if (error !== undefined && total === 0) return <Failure error={error} retry={refresh} />
  return (
    <>
      <Warnings warnings={warnings} />
      <Table {...rest} total={total} rowAt={rowAt} onView={onView} />
    </>
  )
}
