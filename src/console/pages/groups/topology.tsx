import type { Group } from '../../../http/console/api.ts'
import { Card, Facts } from '../../kit/controls.tsx'
import { Link, to } from '../../kit/router.tsx'

/** What a streams application is made of: its subtopologies, with the topics between them. */
export function TopologyTab({ streams }: { readonly streams: NonNullable<Group['streams']> }) {
  return (
    <div className="stack">
      <p className="quiet">Topology epoch {streams.topologyEpoch}</p>
      {streams.subtopologies.map((part) => (
        <Card key={part.id} title={`Subtopology ${part.id}`}>
          <Facts
            facts={[
              ['Reads', topics(part.sourceTopics)],
              ['Repartitioned from', topics(part.repartitionSourceTopics)],
              ['Repartitions into', topics(part.repartitionSinkTopics)],
              ['State in', topics(part.stateChangelogTopics)],
            ]}
          />
        </Card>
      ))}
    </div>
  )
}

function topics(names: readonly string[]) {
  if (names.length === 0) return undefined
  return (
    <span className="row wrap">
      {names.map((name) => (
        <Link key={name} to={to`/topics/${name}`}>
          {name}
        </Link>
      ))}
    </span>
  )
}
