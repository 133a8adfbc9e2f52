import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'

/**
 * Positions in `file`, a bundle, are told as those of its sources, where it has a map. Node can do so itself, but looks through the
 * bundle at every start; here the map is read when the first stack is.
 */
export function mapStacks(file: string): void {
  let map: SourceMap | null | undefined
  const told = (site: NodeJS.CallSite): string => {
    const text = String(site)
    const line = site.getLineNumber()
    const column = site.getColumnNumber()
    if (site.getFileName() !== file || line === null || column === null) return text
    map ??= open(`${file}.map`)
    const origin = map?.findEntry(line - 1, column - 1)
    if (origin === undefined || !('originalSource' in origin)) return text
    const { originalSource, originalLine, originalColumn } = origin
    const source = originalSource.replace(/^(\.\.\/)+/, '')
    return text.replace(`${file}:${line}:${column}`, `${source}:${originalLine + 1}:${originalColumn + 1}`)
  }
  Error.prepareStackTrace = (error, sites) => [headOf(error), ...sites.map((site) => `    at ${told(site)}`)].join('\n')
}

function open(path: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return null
  }
}

function headOf(error: Error): string {
  try {
    return Error.prototype.toString.call(error)
  } catch {
    return 'Error'
  }
}
