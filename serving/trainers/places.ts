/** So many at a time; who comes later waits, and whoever has the fewest under way goes first. */

/** Runs work in one of the places, which it is told the number of. @param of whose work it is: nobody's is one more researcher's */
export type InPlace = <T>(work: (place: number) => Promise<T>, of?: string) => Promise<T>

type Waiting = Readonly<{ of: string; begin: (place: number) => void }>

/**
 * A place that is left goes to whoever has the fewest, and among equals to whoever began one longest ago. So a researcher with a sweep of a
 * thousand jobs holds all places while nobody else wants one, and no longer. Nothing that is under way is ended for somebody else.
 */
export function places(most: number): InPlace {
  const free = Array.from({ length: most }, (_, place) => place)
  /** In the order in which they came. */
  const waiting: Waiting[] = []
  const held = new Map<string, number>()
  /** When each began one last, counted by how many were begun. */
  const began = new Map<string, number>()
  let count = 0
  const heldBy = (of: string): number => held.get(of) ?? 0
  const take = (of: string): void => {
    held.set(of, heldBy(of) + 1)
    began.set(of, ++count)
  }
  const isBefore = (one: Waiting, other: Waiting): boolean =>
    (heldBy(one.of) - heldBy(other.of) || (began.get(one.of) ?? 0) - (began.get(other.of) ?? 0)) < 0
  const leave = (place: number, of: string): void => {
    if (heldBy(of) === 1) held.delete(of)
    else held.set(of, heldBy(of) - 1)
    // The first that waits of those who are before all others: one researcher's own go in the order in which they came.
    const next = waiting.reduce<Waiting | undefined>(
      (first, one) => (first === undefined || isBefore(one, first) ? one : first),
      undefined,
    )
    if (next === undefined) return void free.push(place)
    waiting.splice(waiting.indexOf(next), 1)
    take(next.of)
    next.begin(place)
  }
  const taken = async (of: string): Promise<number> => {
    const place = free.pop()
    if (place === undefined) return new Promise((begin) => waiting.push({ of, begin }))
    take(of)
    return place
  }
  return async (work, of = '') => {
    const place = await taken(of)
    try {
      return await work(place)
    } finally {
      leave(place, of)
    }
  }
}
