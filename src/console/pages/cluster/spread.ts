/** `0, 3-5` as numbers, each once and in order; nothing written means all. @throws Error where it is no such list. */
export function partitionsIn(text: string, total: number): number[] {
  const parts = text.split(/[\s,]+/).filter(Boolean)
  if (parts.length === 0) return Array.from({ length: total }, (_, at) => at)
  const found = new Set<number>()
  for (const part of parts) {
    const [, first, last = first] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part) ?? []
    if (first === undefined || Number(last) < Number(first))
      throw new Error(`“${part}” is neither a number nor a range.`)
    if (Number(last) >= total) throw new Error(`The topic has the partitions 0 to ${total - 1}.`)
    for (let partition = Number(first); partition <= Number(last); partition++) found.add(partition)
  }
  return [...found].sort((a, b) => a - b)
}

/** Ids of brokers, in the order in which they were written, each once. @throws Error */
export function brokersIn(text: string): number[] {
  const parts = text.split(/[\s,]+/).filter(Boolean)
  const wrong = parts.find((part) => !/^\d{1,9}$/.test(part))
  if (wrong !== undefined) throw new Error(`“${wrong}” is no broker: brokers have numbers.`)
  return [...new Set(parts.map(Number))]
}

export interface Placed {
  readonly partition: number
  /** The first is to lead. */
  readonly replicas: readonly number[]
}

/**
 * Partitions in turn to brokers in turn, so that each leads about as many; after each round the followers are other ones, so that
 * those of a broker that fails are led by all the others.
 */
export function spread(partitions: readonly number[], brokers: readonly number[], replicas: number): Placed[] {
  const others = brokers.length - 1
  return partitions.map((partition, at) => {
    const first = at % brokers.length
    const shift = Math.floor(at / brokers.length)
    const places = Array.from({ length: Math.min(replicas, brokers.length) }, (_, place) => {
      return place === 0 ? first : (first + 1 + ((shift + place - 1) % others)) % brokers.length
    })
    return { partition, replicas: places.flatMap((place) => brokers[place] ?? []) }
  })
}
