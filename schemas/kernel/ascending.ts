/** Numbers in ascending order, each once, to which new ones mostly come at the end. */
import { firstAtLeast } from './search.ts'

/** Adds a number that is not there yet. */
export function addAscending(ascending: number[], value: number): void {
  const last = ascending.at(-1)
  if (last === undefined || last < value) ascending.push(value)
  else {
    const place = firstAtLeast(ascending, value)
    if (ascending[place] !== value) ascending.splice(place, 0, value)
  }
}
