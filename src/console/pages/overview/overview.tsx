import type { Finding, Health, Overview, Series, Throughput } from '../../../http/console/api.ts'
import { TimeChart } from '../../kit/chart.tsx'
import { Card, Dot, PageHead, type Stat, Stats } from '../../kit/controls.tsx'
import { brief, bytes, bytesPerSecond, count, perSecond, plural } from '../../kit/format.ts'
import { type Asked, useAnswer } from '../../kit/poll.ts'
import { Link } from '../../kit/router.tsx'
import { Answered, Notice } from '../../kit/states.tsx'
import { Brokers } from './brokers.tsx'
import { Busiest } from './busiest.tsx'
import { FirstSteps } from './first-steps.tsx'

const EVERY_MS = 5000

/** Whether all is well, what goes through, and where to look next. */
export function OverviewPage() {
  const overview = useAnswer('GET /api/overview', {}, { everyMs: EVERY_MS })
  const throughput = useAnswer('GET /api/throughput', {}, { everyMs: EVERY_MS })
  return (
    <>
      <PageHead title="Overview" below={overview.data && <State overview={overview.data} />} />
      <Answered asked={overview}>
        {(data) => (
          <div className="stack">
            <Findings health={data.health} />
            {data.topics === 0 && <FirstSteps brokers={data.brokers} />}
            <Numbers overview={data} throughput={throughput.data} />
            <Charts throughput={throughput} />
            {data.topics > 0 && <Busiest />}
            <Brokers brokers={data.brokers} />
          </div>
        )}
      </Answered>
    </>
  )
}

const STATE_TONE = { good: 'good', warning: 'warn', bad: 'bad' } as const

function State({ overview: { health, brokers, partitions } }: { readonly overview: Overview }) {
  const words = {
    good: partitions === 0 ? 'All is well' : `All is well: ${plural(partitions, 'partition')} in sync`,
    warning: 'Something needs a look',
    bad: 'Something is broken',
  }[health.state]
  return (
    <span className="row">
      <Dot tone={STATE_TONE[health.state]} /> {words} on {plural(brokers.length, 'broker')}
    </span>
  )
}

const PLACE_OF: Readonly<Record<NonNullable<Finding['page']>, string>> = {
  topics: '/topics',
  brokers: '/brokers',
  'log-dirs': '/log-dirs',
  groups: '/groups',
  transactions: '/transactions',
  reassignments: '/reassignments',
  insight: '/insight/refusals',
}

function Findings({ health }: { readonly health: Health }) {
  return health.findings.map(({ severity, message, fix, page }) => (
    <Notice key={message} tone={severity === 'bad' ? 'bad' : 'warn'}>
      <p>
        {message} {page !== undefined && <Link to={PLACE_OF[page]}>Look</Link>}
      </p>
      {fix !== undefined && <p className="soft">{fix}</p>}
    </Notice>
  ))
}

const newest = (series: Series | undefined): number | undefined =>
  series?.values.findLast((value) => value !== null) ?? undefined

function Numbers({
  overview,
  throughput,
}: {
  readonly overview: Overview
  readonly throughput: Throughput | undefined
}) {
  const { health, groups } = overview
  const sizes = overview.brokers.map(({ sizeInBytes }) => sizeInBytes).filter((size) => size !== undefined)
  const troubled = health.offlinePartitions + health.underReplicatedPartitions
  const stats: readonly Stat[] = [
    { name: 'Records in', value: brief(newest(throughput?.recordsIn)), unit: '/s' },
    { name: 'Topics', value: count(overview.topics), to: '/topics' },
    {
      name: 'Partitions',
      value: count(overview.partitions),
      note: troubled === 0 && overview.partitions > 0 ? 'all replicated' : undefined,
      to: '/map',
    },
    ...(troubled > 0
      ? [
          {
            name: health.offlinePartitions > 0 ? 'Offline partitions' : 'Under-replicated',
            value: count(health.offlinePartitions > 0 ? health.offlinePartitions : health.underReplicatedPartitions),
            tone: health.offlinePartitions > 0 ? 'bad' : 'warn',
            to: '/map',
          } as const,
        ]
      : []),
    ...(groups === undefined
      ? []
      : [{ name: 'Groups', value: count(groups.total), note: states(groups.byState), to: '/groups' }]),
    ...(sizes.length === 0
      ? []
      : [{ name: 'On disk', value: bytes(sizes.reduce((sum, size) => sum + size, 0)), to: '/log-dirs' }]),
  ]
  return <Stats stats={stats} />
}

function states(byState: Readonly<Record<string, number>>): string | undefined {
  const told = Object.entries(byState).filter(([, amount]) => amount > 0)
  return told.length === 0 ? undefined : told.map(([state, amount]) => `${amount} ${inWords(state)}`).join(', ')
}

/** `CompletingRebalance` as `completing rebalance`. */
const inWords = (state: string): string => state.replace(/\B([A-Z])/g, ' $1').toLowerCase()

function Charts({ throughput }: { readonly throughput: Asked<Throughput> }) {
  return (
    <div className="cards">
      <Card title="Records produced per second">
        <Answered asked={throughput} lines={4}>
          {({ recordsIn }) => (
            <TimeChart
              label="Records produced per second"
              lines={[{ name: 'Records in', points: recordsIn }]}
              format={perSecond}
            />
          )}
        </Answered>
      </Card>
      <Card title="Bytes through this broker">
        <Answered asked={throughput} lines={4}>
          {({ bytesIn, bytesOut }) => (
            <TimeChart
              label="Bytes through this broker per second"
              binary
              format={bytesPerSecond}
              lines={[
                { name: 'In', points: bytesIn },
                { name: 'Out', points: bytesOut },
              ]}
            />
          )}
        </Answered>
      </Card>
      <Card title="Requests to this broker per second">
        <Answered asked={throughput} lines={4}>
          {({ requests }) => (
            <TimeChart
              label="Requests to this broker per second"
              lines={[{ name: 'Requests', points: requests }]}
              format={perSecond}
            />
          )}
        </Answered>
      </Card>
      <Card title="Connections to this broker">
        <Answered asked={throughput} lines={4}>
          {({ connections }) => (
            <TimeChart
              label="Connections to this broker"
              lines={[{ name: 'Connections', points: connections }]}
              format={count}
            />
          )}
        </Answered>
      </Card>
    </div>
  )
}
