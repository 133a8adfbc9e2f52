/**
 * What a request asks for with repetitions taken out: of a partition that stands in it twice, also under two entries of its
 * topic, only the last counts, at the first one's place; a topic of which nothing is asked is left out. The same array where
 * nothing is repeated, as in nearly every request.
 */
export function askedLast<T extends object, P>(
  topics: readonly T[],
  keyOf: (topic: T) => string,
  partsOf: (topic: T) => readonly P[],
  indexOf: (part: P) => number,
  withParts: (topic: T, parts: P[]) => T,
): readonly T[] {
  if (!repeatsOrLacks(topics, keyOf, partsOf, indexOf)) return topics
  const merged = new Map<string, { readonly topic: T; readonly parts: Map<number, P> }>()
  for (const topic of topics) {
    const key = keyOf(topic)
    const entry = merged.get(key) ?? { topic, parts: new Map<number, P>() }
    for (const part of partsOf(topic)) entry.parts.set(indexOf(part), part)
    if (entry.parts.size > 0) merged.set(key, entry)
  }
  return Array.from(merged.values(), ({ topic, parts }) => withParts(topic, [...parts.values()]))
}

function repeatsOrLacks<T, P>(
  topics: readonly T[],
  keyOf: (topic: T) => string,
  partsOf: (topic: T) => readonly P[],
  indexOf: (part: P) => number,
): boolean {
  if (topics.length > 1 && new Set(topics.map(keyOf)).size < topics.length) return true
  return topics.some((topic) => {
    const parts = partsOf(topic)
    return parts.length === 0 || (parts.length > 1 && new Set(parts.map(indexOf)).size < parts.length)
  })
}
