import type { LogManager } from '../../storage/log-manager.ts'
import { type Family, gauge, one } from './family.ts'

const MANAGER = 'kafka_log_logmanager'

export function storageFamilies(
  logs: Pick<LogManager, 'directories'>,
  isCordoned: (path: string) => boolean,
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
  ]
}
