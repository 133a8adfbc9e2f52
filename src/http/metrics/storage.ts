import type { LogManager } from '../../storage/log-manager.ts'
import { counter, type Family, gauge, one } from './family.ts'

const MANAGER = 'kafka_log_logmanager'

/** Written as the JMX exporter writes them. */
const QUANTILES = ['0.50', '0.75', '0.95', '0.98', '0.99', '0.999'] as const
const MICROSECONDS = 1000

export type LogsView = Pick<LogManager, 'directories' | 'flushTimes' | 'cleaning'>

export function storageFamilies(
  logs: LogsView,
  isCordoned: (path: string) => boolean,
  monotonicMs: () => number,
): Family[] {
  const each = (value: (directory: LogManager['directories'][number]) => boolean) => () =>
    logs.directories.map((directory) => ({
      labels: { logDirectory: directory.path },
      value: Number(value(directory)),
    }))
  return [
    gauge(
      `${MANAGER}_offlinelogdirectorycount`,
      'Log directories that failed.',
      one(() => logs.directories.filter(({ online }) => !online).length),
    ),
    gauge(
      `${MANAGER}_logdirectoryoffline`,
      '1: the log directory failed.',
      each(({ online }) => !online),
    ),
    gauge(
      `${MANAGER}_cordonedlogdirectorycount`,
      'Log directories that take no new logs.',
      one(() => logs.directories.filter(({ path }) => isCordoned(path)).length),
    ),
    gauge(
      `${MANAGER}_logdirectorycordoned`,
      '1: it takes no new logs.',
      each(({ path }) => isCordoned(path)),
    ),
    ...flushFamilies(logs, monotonicMs),
    ...cleanerFamilies(logs),
  ]
}

function flushFamilies({ flushTimes }: LogsView, monotonicMs: () => number): Family[] {
  const name = 'kafka_log_logflushstats_logflushrateandtimems'
  return [
    gauge(name, 'How long an fsync of a log took: quantiles of the last minutes.', () => {
      const values = flushTimes.quantiles(QUANTILES.map(Number), monotonicMs())
      return QUANTILES.map((quantile, at) => ({ labels: { quantile }, value: (values[at] ?? 0) / MICROSECONDS }))
    }),
    counter(
      `${name}_count`,
      'Fsyncs of logs.',
      one(() => flushTimes.count),
    ),
  ]
}

function cleanerFamilies({ directories, cleaning }: LogsView): Family[] {
  const cleaner = 'kafka_log_logcleaner'
  const percent = (part: number, whole: number) => (whole === 0 ? 0 : Math.round((100 * part) / whole))
  return [
    gauge(
      `${cleaner}_max_clean_time_secs`,
      'How long the last compaction of a log took.',
      one(() => Math.round(cleaning.lastCleanMs / 1000)),
    ),
    gauge(
      `${cleaner}_cleaner_recopy_percent`,
      'What the last compaction of a log left of it.',
      one(() => percent(cleaning.lastBytes.written, cleaning.lastBytes.read)),
    ),
    gauge(
      `${cleaner}manager_max_dirty_percent`,
      'How much of the dirtiest log is to be compacted.',
      one(() => percent(cleaning.dirtiestRatio, 1)),
    ),
    gauge(
      `${cleaner}manager_time_since_last_run_ms`,
      'Since it was last looked for logs to compact; -1: not yet.',
      one(() => Math.round(cleaning.sinceLookedMs ?? -1)),
    ),
    gauge(`${cleaner}manager_uncleanable_partitions_count`, 'Logs that can not be compacted.', () =>
      directories.map(({ path, logs }) => ({
        labels: { logDirectory: path },
        value: logs.filter((log) => cleaning.isUncleanable(log)).length,
      })),
    ),
  ]
}
