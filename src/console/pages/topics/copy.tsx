import type { Topic } from '../../../http/console/api.ts'
import { Dialog } from '../../kit/dialog.tsx'
import { useAnswer } from '../../kit/poll.ts'
import { Answered } from '../../kit/states.tsx'
import { CreateTopic } from './create.tsx'

/** They name the partitions of the one topic. */
const NOT_COPIED = new Set(['leader.replication.throttled.replicas', 'follower.replication.throttled.replicas'])

interface Props {
  readonly topic: Topic
  readonly onClose: () => void
}

/** A new topic that is set as another one: what that one was given itself, and not what the brokers give to all. */
export function CopyTopic({ topic, onClose }: Props) {
  const { name, partitions, replicationFactor } = topic
  const asked = useAnswer('GET /api/configs', { query: { type: 'topic', name } })
  if (asked.data === undefined) {
    return (
      <Dialog title={`Copy ${name}`} onClose={onClose}>
        <Answered asked={asked}>{() => null}</Answered>
      </Dialog>
    )
  }
  const own = asked.data.configs.filter(
    (config) => config.source === 'DYNAMIC_TOPIC_CONFIG' && !NOT_COPIED.has(config.name),
  )
  const configs = own.map((config) => `${config.name}=${config.value ?? ''}`).join('\n')
  return (
    <CreateTopic
      like={{ name, partitions: partitions.length, replicas: replicationFactor, configs }}
      onClose={onClose}
    />
  )
}
