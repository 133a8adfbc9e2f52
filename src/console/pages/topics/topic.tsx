import { useState } from 'react'
import type { Topic } from '../../../http/console/api.ts'
import { ConfigTable } from '../../kit/config-table.tsx'
import { Badge, Button, CopyButton, PageHead, Tabs } from '../../kit/controls.tsx'
import { bytes, count, perSecond, plural } from '../../kit/format.ts'
import { useShortcut } from '../../kit/keyboard.ts'
import { useAnswer } from '../../kit/poll.ts'
import { navigate, type Params, to } from '../../kit/router.tsx'
import { Answered, Warnings } from '../../kit/states.tsx'
import { MessagesTab } from '../messages/messages.tsx'
import { Produce, type ProduceStart } from '../produce/produce.tsx'
import { ConsumersTab } from './consumers.tsx'
import { PartitionsTab } from './partitions.tsx'
import { TopicActions } from './topic-actions.tsx'

const TABS = ['messages', 'partitions', 'consumers', 'configs'] as const
type TabName = (typeof TABS)[number]
const TITLES: Readonly<Record<TabName, string>> = {
  messages: 'Messages',
  partitions: 'Partitions',
  consumers: 'Consumers',
  configs: 'Configs',
}

/** One topic: what is in it, where it lies, who reads it, how it is set. */
export function TopicPage({ params }: { readonly params: Params }) {
  const name = params.topic ?? ''
  const tab = TABS.find((known) => known === params.tab) ?? 'messages'
  const asked = useAnswer('GET /api/topics/:topic', { topic: name }, { everyMs: 5000 })
  const [produce, setProduce] = useState<ProduceStart>()
  useShortcut('p', 'Produce a message', () => setProduce({}))
  for (const [at, each] of TABS.entries()) {
    useShortcut(String(at + 1), TITLES[each], () => navigate(to`/topics/${name}/${each}`, { replace: true }))
  }
  const { data } = asked
  return (
    <>
      <PageHead
        above={{ title: 'Topics', to: '/topics' }}
        name={name}
        title={
          <span className="row">
            {name} <CopyButton text={name} label="Copy the name" />
          </span>
        }
        below={data && <Below topic={data} />}
        actions={
          <>
            {data !== undefined && <TopicActions topic={data} onChanged={asked.refresh} />}
            <Button look="primary" icon="send" onClick={() => setProduce({})}>
              Produce
            </Button>
          </>
        }
      />
      <Tabs
        label={`Of topic ${name}`}
        tabs={TABS.map((each) => ({
          title: TITLES[each],
          to: to`/topics/${name}/${each}`,
          current: each === tab,
          ...(each === 'partitions' && data !== undefined && { count: count(data.partitions.length) }),
        }))}
      />
      <Answered asked={asked}>
        {(topic) => (
          <>
            <Warnings warnings={topic.warnings} />
            {tab === 'messages' && <MessagesTab topic={topic} onReplay={setProduce} />}
            {tab === 'partitions' && <PartitionsTab topic={topic} onChanged={asked.refresh} />}
            {tab === 'consumers' && <ConsumersTab topic={name} />}
            {tab === 'configs' && (
              <ConfigTable type="topic" name={name} mayAlter={topic.operations.includes('ALTER_CONFIGS')} />
            )}
            {produce !== undefined && <Produce topic={topic} start={produce} onClose={() => setProduce(undefined)} />}
          </>
        )}
      </Answered>
    </>
  )
}

function Below({ topic }: { readonly topic: Topic }) {
  const { partitions, replicationFactor, sizeInBytes, recordsPerSecond, internal } = topic
  const records = partitions.reduce((sum, { startOffset = 0, endOffset = 0 }) => sum + endOffset - startOffset, 0)
  const leaderless = partitions.filter(({ leader }) => leader < 0).length
  const behind = partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length
  return (
    <span className="row wrap num">
      {internal && <Badge>internal</Badge>}
      {leaderless > 0 && <Badge tone="bad">{plural(leaderless, 'partition')} offline</Badge>}
      {behind > 0 && <Badge tone="warn">{count(behind)} under-replicated</Badge>}
      <span>{plural(records, 'record')}</span>
      <span className="quiet">·</span>
      <span>{bytes(sizeInBytes)}</span>
      <span className="quiet">·</span>
      <span>{plural(partitions.length, 'partition')}</span>
      <span className="quiet">·</span>
      <span>{plural(replicationFactor, 'replica')}</span>
      {recordsPerSecond !== undefined && (
        <>
          <span className="quiet">·</span>
          <span>{perSecond(recordsPerSecond)} in</span>
        </>
      )}
    </span>
  )
}
