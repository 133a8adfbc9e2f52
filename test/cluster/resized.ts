import type { ComposeFile, Service } from './compose-file.ts'

/**
 * The same cluster with as many nodes as there are ports: more are made after the pattern of the first service, in which
 * everything that is its own has its name, its number or its port. A majority wants an odd number of controllers, so the last of
 * an even number is only a broker.
 */
export function resized(file: ComposeFile, ports: readonly number[]): ComposeFile {
  const [first] = file.services
  if (first === undefined) throw new Error('the compose file has no services')
  if (ports.length === file.services.length) return file
  const services = ports.map((port, i) => file.services[i] ?? another(first, i + 1, port))
  const controllers = services.slice(0, ports.length - (ports.length % 2 === 0 ? 1 : 0))
  const voters = controllers.map(({ hostname }, i) => `${i + 1}@${hostname}:9093`).join()
  return {
    services: services.map((service, i) => {
      const environment = { ...service.environment, KAFKA_CONTROLLER_QUORUM_VOTERS: voters }
      return { ...service, environment: i < controllers.length ? environment : brokerOnly(environment) }
    }),
    volumes: services.flatMap(({ volumes }) => volumes.map(({ source }) => source)),
  }
}

function another(first: Service, id: number, port: number): Service {
  const name = `kafka-${id}`
  const own = (text: string) =>
    text.replaceAll(first.name, name).replaceAll(`:${first.ports[0]?.published}`, `:${port}`)
  const { KAFKA_ADVERTISED_LISTENERS = '' } = first.environment
  return {
    ...first,
    name,
    hostname: own(first.hostname),
    // Of the others only Kafka's is published.
    ports: first.ports.slice(0, 1).map(({ target }) => ({ published: port, target })),
    volumes: first.volumes.map(({ source, target }) => ({ source: own(source), target })),
    environment: {
      ...first.environment,
      KAFKA_NODE_ID: String(id),
      KAFKA_ADVERTISED_LISTENERS: own(KAFKA_ADVERTISED_LISTENERS),
    },
  }
}

function brokerOnly(environment: Readonly<Record<string, string>>): Record<string, string> {
  const listeners = (environment.KAFKA_LISTENERS ?? '').split(',').filter((each) => !each.startsWith('CONTROLLER:'))
  return { ...environment, KAFKA_PROCESS_ROLES: 'broker', KAFKA_LISTENERS: listeners.join() }
}
