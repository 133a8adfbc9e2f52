import { parentPort, workerData } from 'node:worker_threads'
import { present } from '../../base/assert.ts'
import { NodeDisk } from '../../io/node-disk.ts'
import { type CleanedGroup, type CleanPlan, type CleanResult, cleanLog } from './clean-job.ts'

export type FromWorker =
  | { readonly type: 'group'; readonly group: CleanedGroup }
  | { readonly type: 'done'; readonly result: CleanResult }
  | { readonly type: 'failed'; readonly reason: string }

export interface ToWorker {
  readonly goesOn: boolean
}

const port = present(parentPort, 'the thread that began this one')
const tell = (message: FromWorker) => port.postMessage(message)
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** The event loop swaps the group in, or says that the log is not what it was. */
function swapped(group: CleanedGroup): Promise<boolean> {
  return new Promise((resolve) => {
    port.once('message', ({ goesOn }: ToWorker) => resolve(goesOn))
    tell({ type: 'group', group })
  })
}

try {
  tell({ type: 'done', result: await cleanLog(workerData as CleanPlan, new NodeDisk(), swapped, pause) })
} catch (error) {
  tell({ type: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) })
} finally {
  port.close()
}
