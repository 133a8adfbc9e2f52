import type { TopicPartition } from '../../http/console/api.ts'
import { Link, to } from '../kit/router.tsx'
import type { Column } from '../kit/table.tsx'

/** `orders-3`, which leads to the partitions of its topic. */
export const PARTITION: Column<TopicPartition> = {
  id: 'partition',
  title: 'Partition',
  sortBy: ({ topic, partition }) => `${topic} ${partition}`,
  cell: ({ topic, partition }) => (
    <Link to={to`/topics/${topic}/partitions`}>
      {topic}-{partition}
    </Link>
  ),
}
