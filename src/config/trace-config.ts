import { ConfigError } from './config-error.ts'

const ENDPOINT = 'odradek.otlp.traces.endpoint'
const RATIO = 'odradek.otlp.traces.sampling.ratio'

export const TRACE_NAMES: readonly string[] = [ENDPOINT, RATIO]

/** Where OpenTelemetry's collectors take traces if only their address is given. */
const USUAL_PATH = '/v1/traces'

export interface TraceConfig {
  /** Of a collector that takes OTLP/HTTP. */
  readonly endpoint: string
  /** The part of all requests that is traced: above 0, at most 1. */
  readonly ratio: number
}

/** Undefined: requests are not traced. Throws a `ConfigError`. */
export function traceConfig(given: ReadonlyMap<string, { readonly text: string }>): TraceConfig | undefined {
  const ratio = ratioOf(given.get(RATIO)?.text.trim() ?? '')
  const text = given.get(ENDPOINT)?.text.trim() ?? ''
  if (text === '') return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ConfigError(`Write ${ENDPOINT} as a URL, as in http://localhost:4318${USUAL_PATH}: not ${text}.`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigError(`Leave the login out of ${ENDPOINT}: collectors that want one are not supported.`)
  }
  if (url.pathname === '/') url.pathname = USUAL_PATH
  return ratio === 0 ? undefined : { endpoint: url.href, ratio }
}

function ratioOf(text: string): number {
  if (text === '') return 1
  const ratio = Number(text)
  if (!/^[\d.]+$/.test(text) || !(ratio <= 1)) {
    throw new ConfigError(`Set ${RATIO} to a number from 0 to 1, as in 0.01: not ${text}.`)
  }
  return ratio
}
