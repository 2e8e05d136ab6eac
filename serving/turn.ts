/** Acts in turn: the next one begins when all that follows from the last stands in the log. */

/**
 * What a processor says of an event depends on what stands in the log before it. Two arrivals side by side would both be
 * judged by the book as it was before either, and two breaches would both cut the capital.
 */
export type InTurn = <T>(act: () => Promise<T>) => Promise<T>

export function inTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (act) => {
    const done = last.then(act)
    last = done.catch(() => undefined)
    return done
  }
}
