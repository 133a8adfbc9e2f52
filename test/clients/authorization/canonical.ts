import { normal } from '../differential/normal.ts'

/** Kafka's sentence where a whole request is refused shows it as a Java object. */
const WHOLE_REQUEST = /^Request Request\([\s\S]*\) needs (\w+) permission\.$/
const CLUSTER_ID = /cluster id "[\w-]{22}"/

function sentence(value: string): string {
  return value.replace(WHOLE_REQUEST, 'The request needs $1 permission.').replace(CLUSTER_ID, 'the cluster id')
}

/** An answer without what differs between two brokers that behave the same, and without order. */
export function canonical(value: unknown, known: Parameters<typeof normal>[1]): unknown {
  return unordered(normal(value, known))
}

function unordered(value: unknown): unknown {
  if (typeof value === 'string') return sentence(value)
  if (Array.isArray(value)) {
    const items = value.map(unordered)
    return items
      .map((item) => [JSON.stringify(item), item] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, item]) => item)
  }
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unordered(inner)]))
}
