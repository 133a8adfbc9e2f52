import type { Group } from '../../../http/console/api.ts'
import { ConfigTable } from '../../kit/config-table.tsx'
import { CopyButton, Facts, PageHead, Stats, Tabs } from '../../kit/controls.tsx'
import { count, plural } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { type Params, to } from '../../kit/router.tsx'
import { Answered, Warnings } from '../../kit/states.tsx'
import { GroupActions } from './actions.tsx'
import { GroupState } from './group-state.tsx'
import { LagChart } from './lag-chart.tsx'
import { MembersTab } from './members.tsx'
import { OffsetsTab } from './offsets.tsx'
import { TopologyTab } from './topology.tsx'

const TITLES = { offsets: 'Offsets', members: 'Members', topology: 'Topology', configs: 'Configs' } as const
type TabName = keyof typeof TITLES

function tabsOf({ kind, streams }: Group): readonly TabName[] {
  const own: readonly TabName[] = streams === undefined ? ['offsets', 'members'] : ['offsets', 'members', 'topology']
  // Classic groups have their settings from their clients.
  return kind === 'classic' ? own : [...own, 'configs']
}

/** One group: how far it is, who is in it, and what can be done about it. */
export function GroupPage({ params }: { readonly params: Params }) {
  const name = params.group ?? ''
  const asked = useAnswer('GET /api/group', { query: { group: name } }, { everyMs: 3000 })
  const { data } = asked
  const tabs: readonly TabName[] = data === undefined ? ['offsets', 'members'] : tabsOf(data)
  const tab = tabs.find((known) => known === params.tab) ?? 'offsets'
  return (
    <>
      <PageHead
        above={{ title: 'Groups', to: '/groups' }}
        name={name}
        title={
          <span className="row">
            {name} <CopyButton text={name} label="Copy the name" />
          </span>
        }
        below={data && <Below group={data} />}
        actions={data && <GroupActions group={data} onChanged={asked.refresh} />}
      />
      <Tabs
        label={`Of group ${name}`}
        tabs={tabs.map((each) => ({
          title: TITLES[each],
          to: to`/groups/${name}/${each}`,
          current: each === tab,
          ...(each === 'members' && data !== undefined && { count: count(data.members.length) }),
        }))}
      />
      <Answered asked={asked}>
        {(group) => (
          <div className="stack">
            <Warnings warnings={group.warnings} />
            {tab === 'offsets' && (
              <>
                <LagStats group={group} />
                <LagChart group={name} />
                <OffsetsTab group={group} />
              </>
            )}
            {tab === 'members' && <MembersTab group={group} onChanged={asked.refresh} />}
            {tab === 'topology' && group.streams !== undefined && <TopologyTab streams={group.streams} />}
            {tab === 'configs' && <ConfigTable type="group" name={name} mayAlter />}
          </div>
        )}
      </Answered>
    </>
  )
}

function Below({ group: { kind, state, protocolType, assignor } }: { readonly group: Group }) {
  return (
    <span className="row wrap num">
      <GroupState state={state} />
      <span>{kind} group</span>
      {kind === 'classic' && protocolType !== '' && protocolType !== 'consumer' && <span>of type {protocolType}</span>}
      {assignor !== '' && (
        <>
          <span className="quiet">·</span>
          <span title="How partitions are given out">{assignor}</span>
        </>
      )}
    </span>
  )
}

function LagStats({ group }: { readonly group: Group }) {
  const { partitions, members, lag, coordinator, groupEpoch, assignmentEpoch, kind } = group
  const topics = new Set(partitions.map(({ topic }) => topic)).size
  const isBehind = lag !== undefined && lag > 0
  return (
    <>
      <Stats
        stats={[
          {
            name: 'Lag',
            value: count(lag),
            unit: 'records',
            ...(isBehind && members.length === 0 && { tone: 'warn' }),
          },
          { name: 'Members', value: count(members.length) },
          { name: 'Partitions', value: count(partitions.length), note: `of ${plural(topics, 'topic')}` },
          { name: 'Coordinator', value: coordinator < 0 ? '–' : `broker ${coordinator}` },
        ]}
      />
      {kind !== 'classic' && (
        <Facts
          facts={[
            ['Group epoch', count(groupEpoch)],
            ['Assignment epoch', count(assignmentEpoch)],
          ]}
        />
      )}
    </>
  )
}
