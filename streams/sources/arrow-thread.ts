/** The thread that parses Arrow: started when it is needed, kept for the next file, and ended where it cannot be trusted. */
import { Worker } from 'node:worker_threads'
import type { ArrowSaid, ArrowTask } from './arrow-said.ts'

const WORKER = new URL('./arrow-worker.ts', import.meta.url)
const HEAP_MEGABYTES = 1024

/** The thread was ended, or ended itself, before it was done. */
export class Ended extends Error {}

/** Threads that wait for a file. They do not keep the process alive. */
const idle: Worker[] = []

/**
 * Does one task. A thread that says nothing for too long, runs out of memory, or whose words are refused by `hear` is ended;
 * one that was done is kept.
 * @param options.start makes the thread; one that waits, or a new one, if it is left out
 * @throws Ended, and whatever `hear` throws
 */
export async function tell(
  task: ArrowTask,
  { silentMillis, start }: Readonly<{ silentMillis: number; start?: () => Worker }>,
  hear: (said: ArrowSaid) => void,
): Promise<void> {
  const worker = start?.() ?? idle.pop() ?? parser()
  worker.ref()
  let clock: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      const wait = (): void => {
        clearTimeout(clock)
        const seconds = Math.round(silentMillis / 1000)
        const end = () =>
          reject(new Ended(`its parser said nothing for ${seconds} seconds, so it is damaged`))
        clock = setTimeout(end, silentMillis)
      }
      worker.on('message', (said: ArrowSaid) => {
        wait()
        if (said.kind === 'done') resolve()
        else {
          try {
            hear(said)
          } catch (error) {
            reject(error)
          }
        }
      })
      worker.on('error', (error: Error) => reject(new Ended(error.message)))
      worker.on('exit', () => reject(new Ended('its parser ended')))
      worker.postMessage(task)
      wait()
    })
    for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
    worker.unref()
    idle.push(worker)
  } catch (error) {
    await worker.terminate()
    throw error
  } finally {
    clearTimeout(clock)
  }
}

const parser = (): Worker =>
  new Worker(WORKER, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES } })
