/** Ends a lane's thread that is at one event for longer than it may be. */
import type { Whereabouts } from './whereabouts.ts'

/** The time that a thread may be at one event is counted in so many looks: the platform itself may have been busy meanwhile. */
const LOOKS = 10

/** @returns what ends the watch */
export function watch(
  whereabouts: Pick<Whereabouts, 'count' | 'task'>,
  mostMillis: number,
  hangs: () => void,
): () => void {
  let [count, looks] = [whereabouts.count, 0]
  const clock = setInterval(() => {
    if (whereabouts.task === null || whereabouts.count !== count) {
      count = whereabouts.count
      looks = 0
    } else if (++looks > LOOKS) hangs()
  }, mostMillis / LOOKS)
  clock.unref()
  return () => clearInterval(clock)
}
