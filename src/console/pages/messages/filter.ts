import type { Message } from '../../../http/console/api.ts'
import { decode } from './decode.ts'

/**
 * A JavaScript expression over messages, which runs where it can do no harm: in a frame of no origin without a network, there in a
 * thread that is ended after two seconds. See public/sandbox.html.
 */
export interface Filter {
  /** Which of them match, in their order. */
  matches(messages: readonly Message[], hasRegistry: boolean): Promise<FilterAnswer>
  close(): void
}

/** It can not be made, or was stopped. */
export class FilterError extends Error {}

export interface FilterAnswer {
  readonly found: readonly boolean[]
  /** For how many it threw, and what for the first of them. */
  readonly failed: number
  readonly problem?: string
}

interface Reply {
  readonly id?: number
  readonly ready?: boolean
  readonly found?: readonly boolean[]
  readonly failed?: number
  readonly problem?: string
  readonly stopped?: boolean
}

/** To open it, or to answer: a slow browser is no reason to give up; an endless expression is ended in the frame, earlier. */
const PATIENCE_MS = 30_000

/** Rejects where the expression is none, or the browser lets no sandbox be made. */
export async function openFilter(expression: string): Promise<Filter> {
  const frame = document.createElement('iframe')
  frame.setAttribute('sandbox', 'allow-scripts')
  frame.hidden = true
  frame.title = 'Filter'
  frame.src = '/sandbox.html'
  const { port1: port, port2 } = new MessageChannel()
  const waiting = new Map<number, (reply: Reply) => void>()
  const close = () => {
    port.close()
    frame.remove()
    for (const answer of waiting.values()) answer({ problem: 'It was closed.', stopped: true })
    waiting.clear()
  }
  let newest = 0
  const ask = async (question: object): Promise<Reply> => {
    newest += 1
    const id = newest
    const reply = await new Promise<Reply>((answer) => {
      const timer = setTimeout(
        () => answer({ problem: 'It took too long and was stopped.', stopped: true }),
        PATIENCE_MS,
      )
      waiting.set(id, (given) => {
        clearTimeout(timer)
        answer(given)
      })
      port.postMessage({ id, ...question })
    })
    waiting.delete(id)
    return reply
  }
  const ready = new Promise<void>((done, failed) => {
    const timer = setTimeout(() => failed(new Error('The sandbox for the filter could not be opened.')), PATIENCE_MS)
    port.onmessage = ({ data }: MessageEvent<Reply>) => {
      if (data.ready === true) {
        clearTimeout(timer)
        done()
      } else waiting.get(data.id ?? 0)?.(data)
    }
  })
  frame.addEventListener('load', () => frame.contentWindow?.postMessage('odradek', '*', [port2]))
  document.body.append(frame)
  try {
    await ready
    const { problem } = await ask({ expression })
    if (problem !== undefined) throw new FilterError(problem)
  } catch (error) {
    close()
    throw error
  }
  return {
    close,
    matches: async (messages, hasRegistry) => {
      const {
        found,
        failed = 0,
        problem,
        stopped,
      } = await ask({ messages: messages.map((message) => told(message, hasRegistry)) })
      if (found === undefined || stopped === true) throw new FilterError(problem ?? 'The filter did not answer.')
      return { found, failed, ...(problem !== undefined && { problem }) }
    },
  }
}

/** What the expression sees of a message: texts, of which it makes values where they are JSON. */
function told(message: Message, hasRegistry: boolean) {
  const text = (part: Message['key']) => (part === null ? null : decode(part, 'auto', hasRegistry).text)
  return {
    partition: message.partition,
    offset: message.offset,
    timestamp: message.timestamp,
    size: message.sizeInBytes,
    key: text(message.key),
    value: text(message.value),
    headers: message.headers.map(({ key, value }) => [key, text(value)]),
  }
}
