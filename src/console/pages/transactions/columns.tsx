import type { ActiveProducer } from '../../../http/console/api.ts'
import type { Column } from '../../kit/table.tsx'

export const PRODUCER: Column<ActiveProducer> = {
  id: 'producer',
  title: 'Producer',
  align: 'end',
  width: '150px',
  from: 'desk',
  sortBy: ({ producerId }) => producerId,
  cell: ({ producerId, producerEpoch }) => (
    <span className="num" title={`Epoch ${producerEpoch}`}>
      {producerId}
      <span className="quiet"> · {producerEpoch}</span>
    </span>
  ),
}
