import { KafkaError } from '../../../src/base/errors.ts'
import { showRecord } from '../show.ts'
import { showStreamsGroup, showStreamsHeartbeat } from './show.ts'
import { type Client, newClient, topologyOf, World } from './world.ts'

/** A streams group and its members, told in words. */
export class StreamsScenario {
  readonly #world = new World()
  readonly #clients = new Map<string, Client>()

  /** `VERB [NAME] [option=value…]` */
  run(line: string): string[] {
    const [verb = '', name = '', ...words] = line.split(/\s+/)
    const options = new Map(words.map((word) => word.split('=') as [string, string]))
    const before = this.#world.log.length
    const said = this.#act(verb, name, options)
    return [...this.#world.log.slice(before).map(showRecord), ...said]
  }

  #act(verb: string, name: string, options: ReadonlyMap<string, string>): string[] {
    const world = this.#world
    switch (verb) {
      case 'topic':
        world.setTopic(name, Number(options.get('partitions') ?? 0))
        return []
      case 'standbys':
        world.configs = { ...world.configs, numStandbyReplicas: Number(name) }
        return []
      case 'wait':
        world.wait(Number(name))
        return []
      case 'restart':
        world.machine = world.load()
        return []
      case 'describe': {
        const group = world.describe()
        return group ? [showStreamsGroup(group)] : []
      }
      case 'delete':
        return world.submit({ type: 'deleteGroups', groupIds: [name] }).map(({ errorCode }) => `error ${errorCode}`)
      case 'offset':
        return this.#commit(name, options)
      default:
        return this.#heartbeat(verb, name, options)
    }
  }

  #heartbeat(verb: string, name: string, options: ReadonlyMap<string, string>): string[] {
    const client = this.#client(name, options)
    const leaving = verb === 'leave' ? { memberEpoch: -1 } : {}
    const epoch = options.has('epoch') ? { memberEpoch: Number(options.get('epoch')) } : {}
    return told(() => {
      const asked = { ...leaving, ...epoch, shutdownApplication: options.has('shutdown') }
      const { response, missingTopics } = this.#world.beat(client, asked, options.has('lost'))
      if (verb === 'leave') Object.assign(client, { epoch: 0, active: [], standby: [] })
      return showStreamsHeartbeat(response, missingTopics)
    })
  }

  #client(name: string, options: ReadonlyMap<string, string>): Client {
    const client = this.#clients.get(name) ?? newClient(name, options.get('process') ?? `p-${name}`)
    this.#clients.set(name, client)
    client.process = options.get('process') ?? client.process
    const [host, port] = options.get('endpoint')?.split(':') ?? []
    if (host !== undefined) client.endpoint = { host, port: Number(port) }
    const topology = options.get('topology')
    if (topology !== undefined) client.topology = topologyOf(Number(topology), Number(options.get('repartitions') ?? 0))
    return client
  }

  #commit(name: string, options: ReadonlyMap<string, string>): string[] {
    return told(() => {
      const partitions = [{ partitionIndex: Number(options.get('partition') ?? 0), committedOffset: 1 }]
      const { topics } = this.#world.submit({
        type: 'commitOffsets',
        groupId: 'g',
        memberId: name,
        groupInstanceId: null,
        generationIdOrMemberEpoch: Number(options.get('epoch')),
        retentionTimeMs: -1,
        apiVersion: 9,
        topics: [
          {
            name: 'in',
            topicId: this.#world.idOf('in'),
            partitions: partitions.map((one) => ({ ...one, committedLeaderEpoch: -1, committedMetadata: '' })),
          },
        ],
      })
      return `committed ${topics.map(({ partitions: done }) => done.map(({ errorCode }) => errorCode))}`
    })
  }
}

function told(work: () => string): string[] {
  try {
    return [work()]
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return [`! ${error.error} ${error.detail ?? ''}`.trim()]
  }
}
