export interface Load {
  readonly recordBytes: number
  readonly partitions: number
  readonly compression: 'none' | 'lz4'
  /** Bytes that one round sends. */
  readonly volume: number
}

export const MB = 1_000_000

function load(recordBytes: number, partitions: number, compression: Load['compression'], volume: number): Load {
  return { recordBytes, partitions, compression, volume }
}

/** Every record size, partition count and compression; small records are sent in a smaller volume, as they cost the clients more. */
export const FULL: readonly Load[] = [100, 1_000, 10_000, 1_000_000].flatMap((recordBytes) =>
  [1, 6, 100].flatMap((partitions) =>
    (['none', 'lz4'] as const).map((compression) =>
      load(recordBytes, partitions, compression, recordBytes === 100 ? 200 * MB : 1_000 * MB),
    ),
  ),
)

export const QUICK: readonly Load[] = [
  load(100, 6, 'none', 100 * MB),
  load(1_000, 6, 'none', 400 * MB),
  load(1_000, 6, 'lz4', 400 * MB),
  load(1_000, 100, 'none', 400 * MB),
  load(10_000, 1, 'none', 400 * MB),
  load(1_000_000, 6, 'none', 400 * MB),
]

/** Only to see that everything works. */
export const TINY: readonly Load[] = [load(1_000, 3, 'none', 5 * MB), load(1_000, 1, 'lz4', 5 * MB)]

export function name(each: Load): string {
  const size =
    each.recordBytes >= MB
      ? `${each.recordBytes / MB} MB`
      : each.recordBytes >= 1_000
        ? `${each.recordBytes / 1_000} KB`
        : `${each.recordBytes} B`
  return `${size}, ${each.partitions} part., ${each.compression}`
}
