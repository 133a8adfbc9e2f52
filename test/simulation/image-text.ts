import type { MetadataImage } from '../../src/metadata/image.ts'

export interface ImageText {
  readonly brokers: string
  readonly controllers: string
  readonly topics: string
  readonly configs: string
  readonly rest: string
}

/** All of an image that a simulation fills, in an order that does not depend on how it came about. */
export function imageText(image: MetadataImage): ImageText {
  return {
    brokers: sorted([...image.brokers.values()].map((broker) => JSON.stringify(broker, plain))),
    controllers: sorted([...image.controllers.values()].map((controller) => JSON.stringify(controller, plain))),
    topics: sorted([...image.topics.values()].map((topic) => JSON.stringify(topic, plain))),
    configs: sorted([...image.configResources()].map((resource) => JSON.stringify(resource, plain))),
    rest: JSON.stringify([[...image.features].sort(), image.nextProducerId]),
  }
}

function sorted(lines: readonly string[]): string {
  return [...lines].sort().join('\n')
}

function plain(_key: string, value: unknown): unknown {
  return value instanceof Map ? [...value].sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)) : value
}
