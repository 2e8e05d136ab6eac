/** So many at a time; who comes later waits. */

/** Runs work in one of the places, which it is told the number of. */
export type InPlace = <T>(work: (place: number) => Promise<T>) => Promise<T>

export function places(count: number): InPlace {
  const free = Array.from({ length: count }, (_, place) => place)
  const waiting: ((place: number) => void)[] = []
  const leave = (place: number): void => {
    const next = waiting.shift()
    if (next === undefined) free.push(place)
    else next(place)
  }
  return async (work) => {
    const place = free.pop() ?? (await new Promise<number>((resolve) => waiting.push(resolve)))
    try {
      return await work(place)
    } finally {
      leave(place)
    }
  }
}
