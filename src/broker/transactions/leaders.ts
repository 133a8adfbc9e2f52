import type { NetAddress } from '../../io/ports.ts'
import type { MetadataImage } from '../../metadata/image.ts'

export type LeaderImage = Pick<MetadataImage, 'topic' | 'broker'>

export interface LeaderOf {
  readonly id: number
  readonly address: NetAddress
}

/** `gone`: there is no such partition. undefined: nobody can be asked now. */
export function leaderOf(
  image: LeaderImage,
  listenerName: string,
  topic: string,
  partition: number,
): LeaderOf | 'gone' | undefined {
  const known = image.topic(topic)?.partitions[partition]
  if (known === undefined) return 'gone'
  const broker = known.leader < 0 ? undefined : image.broker(known.leader)
  if (broker === undefined || broker.fenced) return undefined
  const endpoint = broker.endpoints.find(({ name }) => name === listenerName)
  return endpoint && { id: broker.id, address: { host: endpoint.host, port: endpoint.port } }
}

/** Who is fenced leads nothing any more, and may be gone for good. */
export function isGone(image: LeaderImage, { id }: LeaderOf): boolean {
  return image.broker(id)?.fenced !== false
}
