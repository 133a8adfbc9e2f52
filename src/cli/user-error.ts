/** Something that the person at the command line can put right: shown as its one sentence, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError'
}

export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

const FOR_USERS: ReadonlySet<string> = new Set([
  'UserError',
  'ConfigError',
  'LogDirectoryError',
  'QuorumRefusal',
  'StartTimeout',
])

/** One sentence that says what to do, where the failure is of a kind that has one. */
export function sentenceFor(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (FOR_USERS.has(error.name)) return error.message
  const place = 'path' in error && typeof error.path === 'string' ? error.path : 'a log directory'
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return `Stop the process that uses ${addressOf(error)}, or set another port in ${settingOf(error)}: the address is in use.`
    case 'EADDRNOTAVAIL':
      return `Set an address of this machine in ${settingOf(error)}: ${addressOf(error)} is none.`
    case 'ENOTFOUND':
      return `Set a host that can be resolved in ${settingOf(error)}: ${hostOf(error)} is unknown.`
    case 'EACCES':
    case 'EPERM':
      return 'syscall' in error && error.syscall === 'listen'
        ? `Set a port that this user may open in ${settingOf(error)}: ${addressOf(error)} is forbidden.`
        : `Let this user write ${place}, or set another directory in log.dirs: permission was denied.`
    case 'EROFS':
      return `Set log.dirs to a place that can be written: ${place} is on a read-only file system.`
    case 'ENOENT':
      return `Set log.dirs to a place where directories can be made: ${place} can't be.`
    case 'ENOTDIR':
    case 'EEXIST':
      return `Set log.dirs to directories: ${place} is something else.`
    case 'ENOSPC':
      return `Make room for ${place}: the disk is full.`
    default:
      return undefined
  }
}

function addressOf(error: Error): string {
  const address = 'address' in error ? String(error.address) : 'the address'
  return 'port' in error ? `${address}:${error.port}` : address
}

/** Which config named the address. */
function settingOf(error: Error): string {
  return 'setting' in error ? String(error.setting) : 'listeners'
}

function hostOf(error: Error): string {
  return 'hostname' in error ? String(error.hostname) : 'the host'
}
