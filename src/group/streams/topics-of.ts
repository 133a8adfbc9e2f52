interface Subtopology {
  readonly sourceTopics: readonly string[] | null
  readonly repartitionSinkTopics: readonly string[] | null
  readonly repartitionSourceTopics: readonly { readonly name: string }[] | null
  readonly stateChangelogTopics: readonly { readonly name: string }[] | null
}

/** Every topic that a topology reads, writes or keeps its states in, once. */
export function topicsOf(topology: { readonly subtopologies?: readonly Subtopology[] | null } | null): string[] {
  const names = (topology?.subtopologies ?? []).flatMap((one) => [
    ...(one.sourceTopics ?? []),
    ...(one.repartitionSinkTopics ?? []),
    ...(one.repartitionSourceTopics ?? []).map(({ name }) => name),
    ...(one.stateChangelogTopics ?? []).map(({ name }) => name),
  ])
  return [...new Set(names)]
}
