import { vi } from 'vitest'
import { run } from '../../src/cli/program.ts'

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command of the program to its end, in this process: one after another, since what they print is caught. */
export async function command(args: readonly string[]): Promise<Ended> {
  const printed = { out: '', err: '' }
  const into = (stream: keyof typeof printed) => (chunk: string | Uint8Array) => {
    printed[stream] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    return true
  }
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(into('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(into('err')),
    vi.spyOn(console, 'error').mockImplementation((text: unknown) => void into('err')(`${text}\n`)),
  ]
  const signals = ['SIGINT', 'SIGTERM'] as const
  const before = signals.map((signal) => process.listeners(signal))
  const errors = process.stdout.listeners('error')
  try {
    return { code: await run(args), ...printed }
  } finally {
    for (const spy of spies) spy.mockRestore()
    process.exitCode = undefined
    signals.forEach((signal, at) => {
      for (const listener of process.listeners(signal)) {
        if (!before[at]?.includes(listener)) process.off(signal, listener)
      }
    })
    for (const listener of process.stdout.listeners('error')) {
      if (!errors.includes(listener)) process.stdout.off('error', listener as () => void)
    }
  }
}
