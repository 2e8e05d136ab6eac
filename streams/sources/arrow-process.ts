/**
 * The process that parses Arrow: started when it is needed, kept for the next file, and ended where it cannot be trusted. A
 * thread would not do: one that runs out of memory at the wrong moment takes the whole process with it.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ArrowSaid, ArrowTask } from './arrow-said.ts'

const PARSER = fileURLToPath(new URL('./arrow-worker.ts', import.meta.url))
const HEAP_MEGABYTES = 1024

/** The process was ended, or ended itself, before it was done. */
export class Ended extends Error {}

/** Processes that wait for a file. They do not keep this one alive, and end with it. */
const idle: ChildProcess[] = []

/**
 * Does one task. A process that says nothing for too long, runs out of memory, or whose words are refused by `hear` is ended;
 * one that was done is kept.
 * @param options.start makes the process; one that waits, or a new one, if it is left out
 * @throws Ended, and whatever `hear` throws
 */
export async function tell(
  task: ArrowTask,
  { silentMillis, start }: Readonly<{ silentMillis: number; start?: () => ChildProcess }>,
  hear: (said: ArrowSaid) => void,
): Promise<void> {
  const parser = start?.() ?? idle.pop() ?? parserAt(PARSER, HEAP_MEGABYTES)
  parser.ref()
  parser.channel?.ref()
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
      parser.on('message', (said) => {
        wait()
        const { kind } = said as ArrowSaid
        if (kind === 'done') resolve()
        else {
          try {
            hear(said as ArrowSaid)
          } catch (error) {
            reject(error)
          }
        }
      })
      parser.on('error', (error: Error) => reject(new Ended(error.message)))
      parser.on('exit', (_, signal) =>
        reject(
          new Ended(
            signal === 'SIGABRT' ? 'its parser took more memory than it may have' : 'its parser ended',
          ),
        ),
      )
      parser.send(task, (error) => {
        if (error !== null) reject(new Ended(error.message))
      })
      wait()
    })
    for (const event of ['message', 'error', 'exit']) parser.removeAllListeners(event)
    parser.unref()
    parser.channel?.unref()
    idle.push(parser)
  } catch (error) {
    parser.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(clock)
  }
}

/** What it prints as it dies is for nobody. */
export const parserAt = (path: string, heapMegabytes: number): ChildProcess =>
  fork(path, [], {
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${heapMegabytes}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
