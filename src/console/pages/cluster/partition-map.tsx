import { useState } from 'react'
import type { PartitionMap } from '../../../http/console/api.ts'
import { Button, PageHead } from '../../kit/controls.tsx'
import { CheckField } from '../../kit/form.tsx'
import { plural } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Link, to, useQuery } from '../../kit/router.tsx'
import { Answered, Empty } from '../../kit/states.tsx'
import { TableTools } from '../../kit/table.tsx'
import { useSettled } from '../../kit/window.ts'
import { ClusterTabs } from './cluster-tabs.tsx'
import '../../style/map.css'

const PAGE = 40

/** The whole cluster as a picture: a line for each topic, a square for each replica, below its broker. */
export function PartitionMapPage() {
  const [search, setSearch] = useQuery('search')
  const [internal, setInternal] = useState(false)
  const [shown, setShown] = useState(PAGE)
  const settled = useSettled(search)
  const asked = useAnswer(
    'GET /api/partition-map',
    { query: { ...(settled !== '' && { search: settled }), internal, offset: 0, limit: shown } },
    { everyMs: 5000, keep: true },
  )
  return (
    <>
      <PageHead title="Partition map" below="Which broker holds which partition, and who leads it" />
      <ClusterTabs current="map" />
      <TableTools
        search={search}
        onSearch={setSearch}
        placeholder="Filter topics"
        count={asked.data === undefined ? '' : plural(asked.data.total, 'topic')}
      >
        <CheckField label="Internal topics" checked={internal} onChange={setInternal} />
      </TableTools>
      <Answered asked={asked}>
        {(map) =>
          map.topics.length === 0 ? (
            <Empty icon="map" title="No topics to draw" />
          ) : (
            <div className="stack">
              <Key />
              <MapTable map={map} />
              {map.total > map.topics.length && (
                <Button onClick={() => setShown(shown + PAGE)}>Show more of {plural(map.total, 'topic')}</Button>
              )}
            </div>
          )
        }
      </Answered>
    </>
  )
}

function Key() {
  return (
    <ul className="map-key row wrap" aria-label="What the squares mean">
      <li>
        <i className="cell leader" aria-hidden="true" /> leads
      </li>
      <li>
        <i className="cell follower" aria-hidden="true" /> follows, in sync
      </li>
      <li>
        <i className="cell behind" aria-hidden="true" /> out of sync
      </li>
      <li>
        <i className="cell offline" aria-hidden="true" /> without a leader
      </li>
    </ul>
  )
}

function MapTable({ map: { brokers, topics } }: { readonly map: PartitionMap }) {
  return (
    <div className="map-scroll">
      <table className="map">
        <thead>
          <tr>
            <th scope="col">Topic</th>
            {brokers.map((broker) => (
              <th scope="col" key={broker}>
                <Link to={to`/brokers/${broker}`}>broker {broker}</Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {topics.map((topic) => (
            <tr key={topic.name}>
              <th scope="row">
                <Link className="ellipsis" to={to`/topics/${topic.name}/partitions`} title={topic.name}>
                  {topic.name}
                </Link>
              </th>
              {brokers.map((broker) => (
                <td key={broker}>
                  <Squares topic={topic} broker={broker} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

type Topic = PartitionMap['topics'][number]

function Squares({ topic, broker }: { readonly topic: Topic; readonly broker: number }) {
  const held = topic.partitions.flatMap((partition, at) =>
    partition.replicas.includes(broker) ? [{ at, look: lookOf(partition, broker) }] : [],
  )
  const leads = held.filter(({ look }) => look === 'leader').length
  return (
    <span className="cells" role="img" aria-label={`${plural(held.length, 'partition')}, leads ${leads}`}>
      {held.map(({ at, look }) => (
        <i key={at} className={`cell ${look}`} title={`${topic.name}-${at}: ${TITLES[look]}`} />
      ))}
    </span>
  )
}

const TITLES = {
  leader: 'leads',
  follower: 'follows, in sync',
  behind: 'out of sync',
  offline: 'without a leader',
} as const

function lookOf({ leader, isr }: Topic['partitions'][number], broker: number): keyof typeof TITLES {
  if (leader < 0) return 'offline'
  if (leader === broker) return 'leader'
  return isr.includes(broker) ? 'follower' : 'behind'
}
