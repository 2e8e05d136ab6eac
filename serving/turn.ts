/** Acts in turn: the next one begins when all that follows from the last stands in the log. */

/** How long an act waits for those behind it, so that the wait for the disk serves them too. */
const PATIENCE_MILLIS = 10

/**
 * What a processor says of an event depends on what stands in the log before it. Two arrivals side by side would both be
 * judged by the book as it was before either, and two breaches would both cut the capital.
 */
export type InTurn = (<T>(act: () => Promise<T>) => Promise<T>) & {
  /** How many acts have begun and not ended, or wait to begin. */
  waiting(): number
  /** Resolves when no act waits to begin, and within PATIENCE_MILLIS: those who then wait for the disk share one wait. At once for an act alone. */
  lull(): Promise<void>
}

export function inTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  let count = 0
  let queued = 0
  const lulls = gate()
  const turn = <T>(act: () => Promise<T>): Promise<T> => {
    count++
    queued++
    const begun = last.then(() => {
      queued--
      return act()
    })
    const done = begun.finally(() => {
      count--
      if (queued === 0) lulls.open()
    })
    last = done.catch(() => undefined)
    return done
  }
  const lull = async (): Promise<void> => {
    if (queued > 0) return lulls.passed()
    lulls.open()
  }
  return Object.assign(turn, { waiting: () => count, lull })
}

/** Holds all who come until it is opened, or has held the first of them for PATIENCE_MILLIS. */
function gate() {
  let held = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  const open = (): void => {
    if (timer === undefined) return
    clearTimeout(timer)
    timer = undefined
    held.resolve()
    held = Promise.withResolvers<void>()
  }
  const passed = (): Promise<void> => {
    timer ??= setTimeout(open, PATIENCE_MILLIS)
    return held.promise
  }
  return { open, passed }
}
