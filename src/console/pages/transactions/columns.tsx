import type { ActiveProducer } from '../../../http/console/api.ts'
import { Link, to } from '../../kit/router.tsx'
import type { Column } from '../../kit/table.tsx'

export const PARTITION: Column<ActiveProducer> = {
  id: 'partition',
  title: 'Partition',
  sortBy: ({ topic, partition }) => `${topic} ${partition}`,
  cell: ({ topic, partition }) => (
    <Link to={to`/topics/${topic}/partitions`}>
      {topic}-{partition}
    </Link>
  ),
}

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
