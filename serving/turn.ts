/** Acts in turn: the next one begins when all that follows from the last stands in the log. */

/**
 * What a processor says of an event depends on what stands in the log before it. Two arrivals side by side would both be
 * judged by the book as it was before either, and two breaches would both cut the capital.
 */
export type InTurn = (<T>(act: () => Promise<T>) => Promise<T>) & {
  /** How many acts have begun and not ended, or wait to begin. */
  waiting(): number
}

export function inTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  let count = 0
  const turn = <T>(act: () => Promise<T>): Promise<T> => {
    count++
    const done = last.then(act).finally(() => {
      count--
    })
    last = done.catch(() => undefined)
    return done
  }
  return Object.assign(turn, { waiting: () => count })
}
