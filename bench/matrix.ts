export interface Load {
  readonly recordBytes: number
  readonly partitions: number
  readonly compression: 'none' | 'lz4' | 'snappy' | 'zstd' | 'gzip'
  /** Bytes that one round sends. */
  readonly volume: number
  /** Lines of words, of about that size; else letters by chance, which hardly get smaller. */
  readonly isText?: boolean
}

export const MB = 1_000_000

function load(recordBytes: number, partitions: number, compression: Load['compression'], volume: number): Load {
  return { recordBytes, partitions, compression, volume }
}

/** What people send: it shrinks, and a broker has to unpack it to see whether it is sound. */
const TEXT: readonly Load[] = (['lz4', 'snappy', 'zstd', 'gzip'] as const).map((compression) => {
  return { ...load(1_000, 6, compression, 1_000 * MB), isText: true }
})

/** Every record size, partition count and compression; small records are sent in a smaller volume, as they cost the clients more. */
export const FULL: readonly Load[] = [
  ...[100, 1_000, 10_000, 1_000_000].flatMap((recordBytes) =>
    [1, 6, 100].flatMap((partitions) =>
      (['none', 'lz4'] as const).map((compression) =>
        load(recordBytes, partitions, compression, recordBytes === 100 ? 200 * MB : 1_000 * MB),
      ),
    ),
  ),
  ...TEXT,
]

export const QUICK: readonly Load[] = [
  load(100, 6, 'none', 100 * MB),
  load(1_000, 6, 'none', 400 * MB),
  load(1_000, 6, 'lz4', 400 * MB),
  load(1_000, 100, 'none', 400 * MB),
  load(10_000, 1, 'none', 400 * MB),
  load(1_000_000, 6, 'none', 400 * MB),
  ...TEXT.map((each) => ({ ...each, volume: 400 * MB })),
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
  return `${size}${each.isText ? ' text' : ''}, ${each.partitions} part., ${each.compression}`
}
