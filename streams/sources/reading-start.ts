/** Starts the process in which files are read, and says what keeps it from starting: that is no fault of any file. */
import { type ChildProcess, fork } from 'node:child_process'
import { Socket } from 'node:net'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Said } from './reading-child.ts'

/** What the process may take, of V8's heap and in all. */
const HEAP_MEGABYTES = 4096
const RESIDENT_BYTES = 8 * 2 ** 30

/** It takes .3 seconds where nothing else runs. */
const START_MILLIS = 30_000
/** One that waited answers in a millisecond, or is replaced. */
const THERE_MILLIS = 2_000

/** Of what it prints, as much as names a cause. */
const PRINTED_CHARACTERS = 2_000

/** @param limits of memory */
export const readerAt = (
  path: string,
  { heapMegabytes = HEAP_MEGABYTES, residentBytes = RESIDENT_BYTES } = {},
): ChildProcess =>
  fork(path, [String(residentBytes), String(process.pid)], {
    serialization: 'advanced',
    execArgv: [`--max-old-space-size=${heapMegabytes}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })

/** A process that said that it is ready. @throws Refusal `reader.not-started` */
export async function started(start: () => ChildProcess, startMillis = START_MILLIS): Promise<ChildProcess> {
  let printed = ''
  try {
    const child = start()
    child.stderr?.on('data', (bytes) => {
      if (printed.length < PRINTED_CHARACTERS) printed += String(bytes)
    })
    // It is listened to for as long as it lives, or it would wait once there is much; that keeps nobody alive.
    if (child.stderr instanceof Socket) child.stderr.unref()
    await ready(child, startMillis)
    return child
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw refuse('reader.not-started', {
      why: [why, causeIn(printed)].filter((one) => one !== '').join(': '),
    })
  }
}

/** Whether a process that waited is there still: whoever is short of memory may have ended it. */
export const isThere = (child: ChildProcess): Promise<boolean> => {
  child.send({ question: 'ready' }, () => {})
  return ready(child, THERE_MILLIS).then(
    () => true,
    () => false,
  )
}

/** Waits until a process says that it is ready; one that does not is ended. */
async function ready(child: ChildProcess, startMillis: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const heard = (said: unknown) => {
    if ((said as Said).kind === 'ready') resolve()
  }
  // Once it is closed, everything that it printed is here.
  const closed = (code: number | null, signal: NodeJS.Signals | null) =>
    reject(new Error(`it ended at once (${signal ?? `exit code ${code}`})`))
  const late = setTimeout(
    () => reject(new Error(`it was not ready after ${Math.round(startMillis / 1000)} seconds`)),
    startMillis,
  )
  child.on('message', heard).on('close', closed).on('error', reject)
  try {
    await promise
  } catch (error) {
    child.on('error', () => {}).kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(late)
    child.off('message', heard).off('close', closed).off('error', reject)
  }
}

/** The line that names an error, of what Node prints around it. */
function causeIn(printed: string): string {
  const lines = printed.split('\n').map((line) => line.trim())
  return (lines.find((line) => /^\w*Error\b|: /.test(line)) ?? '').slice(0, 300)
}
