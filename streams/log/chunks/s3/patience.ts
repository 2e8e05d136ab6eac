/** Work that a server which is away does not let fail at once. */
import { setTimeout } from 'node:timers/promises'
import { isAway } from './client.ts'

const PAUSES_MILLIS = [100, 200, 500, 1_000, 2_000, 5_000]

export type Patience = Readonly<{
  /** How long a server that is away is waited for. */
  waitMillis: number
  /** Told once each time that it begins to be. */
  onWaiting: (problem: string) => void
}>

/** Tries again while the server is away. @throws whatever the work throws otherwise, or when it is over */
export async function patiently<T>({ waitMillis, onWaiting }: Patience, work: () => Promise<T>): Promise<T> {
  const until = performance.now() + waitMillis
  for (let failures = 0; ; failures++) {
    try {
      return await work()
    } catch (error) {
      if (!(isAway(error) && error instanceof Error) || performance.now() >= until) throw error
      if (failures === 0) onWaiting(error.message)
    }
    const pause = PAUSES_MILLIS[Math.min(failures, PAUSES_MILLIS.length - 1)]
    await setTimeout(Math.min(pause, Math.max(until - performance.now(), 1)))
  }
}
