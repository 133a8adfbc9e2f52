import { Worker } from 'node:worker_threads'
import type { CleanRunner } from '../log-cleaner.ts'
import type { FromWorker, ToWorker } from './clean-worker.ts'

/** A thread of its own for each cleaning: the event loop goes on serving. */
export function workerRunner(): CleanRunner {
  const workers = new Set<Worker>()
  return {
    run: (plan, onGroup) =>
      new Promise((resolve, reject) => {
        // Beside this file, with its ending: TypeScript in the sources, JavaScript when built.
        const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
        const worker = new Worker(new URL(`./clean-worker${ending}`, import.meta.url), { workerData: plan })
        workers.add(worker)
        const tell = (message: ToWorker) => worker.postMessage(message)
        worker.on('message', (message: FromWorker) => {
          if (message.type === 'group') {
            onGroup(message.group).then(
              (goesOn) => tell({ goesOn }),
              (error: unknown) => {
                reject(error)
                void worker.terminate()
              },
            )
          } else if (message.type === 'done') resolve(message.result)
          else reject(new Error(message.reason))
        })
        worker.on('error', reject)
        worker.on('exit', () => {
          workers.delete(worker)
          reject(new Error('the cleaning was stopped'))
        })
      }),
    stop: async () => {
      await Promise.all(Array.from(workers, (worker) => worker.terminate()))
    },
  }
}
