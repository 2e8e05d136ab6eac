/**
 * Answers that never arrived. A client that hears nothing asks again, in the same words, and MLflow's has no key by which to tell that
 * from a second run. So what was opened for a connection that broke, or for a server that was killed, is answered to whoever asks again.
 */
import type { TrackedRun, TrackingState } from '../../projections/tracking/runs.ts'
import type { Position } from '../../schemas/envelope.ts'
import type { DataOf } from '../../schemas/event.ts'
import type { RunOpened } from '../../schemas/events/tracking.ts'

type Opening = Omit<DataOf<typeof RunOpened>, 'run' | 'name' | 'tags'> &
  Readonly<{
    /** As the client wrote them: a name that was made up here is none of its words. */
    sent: unknown
  }>

export type Lost = ReturnType<typeof lostAnswers>

const MOST_REMEMBERED = 1_000

export function lostAnswers() {
  const lost = new Map<string, string>()
  const keyOf = (opening: Opening): string => JSON.stringify(opening)
  return {
    /** Remembers the run whose opening was not answered. */
    add(opening: Opening, run: string): void {
      lost.set(keyOf(opening), run)
      for (const oldest of lost.keys()) {
        if (lost.size <= MOST_REMEMBERED) return
        lost.delete(oldest)
      }
    },
    /** The run that was opened by these words and never answered, once; null where there is none. */
    take(opening: Opening): string | null {
      const key = keyOf(opening)
      const run = lost.get(key) ?? null
      lost.delete(key)
      return run
    },
  }
}

/**
 * A run that an earlier server opened by these words, and in which nothing was ever logged: nobody who heard of it would have left it
 * so and begun another in the same millisecond.
 * @param before the log's head when this server came up
 */
export function untouchedSince(
  { runs }: TrackingState,
  opening: Opening & Readonly<{ tags: readonly Readonly<{ key: string; value: string }>[] }>,
  before: Position,
): string | null {
  for (const run of runs.values()) {
    if (run.startTime !== opening.startTime || run.opened > before || !isUntouched(run)) continue
    const isSame =
      run.experiment === opening.experiment && run.author === opening.author && run.user === opening.user
    const told = opening.tags.every(({ key, value }) => run.tags.get(key) === value)
    if (isSame && told) return run.run
  }
  return null
}

const isUntouched = ({
  status,
  params,
  metrics,
  files,
  inputs,
  amendments,
  isRemoved,
}: TrackedRun): boolean =>
  status === 'RUNNING' &&
  params.size + metrics.size + files.size + inputs.length + amendments === 0 &&
  !isRemoved
