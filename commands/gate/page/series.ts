/** Long histories with as many points as a page can show. */

export type Point = Readonly<{ at: number; value: number | null }>

/**
 * One point for each of at most `most` equal stretches: its last value, or its least, so that no trough is lost.
 * @param moments microseconds, with one value each
 */
export function thinned(
  moments: readonly number[],
  values: readonly (number | null)[],
  { most, keep }: Readonly<{ most: number; keep: 'last' | 'least' }>,
): readonly Point[] {
  const points = Math.min(most, moments.length)
  const places = Array.from({ length: points }, (_, k) => {
    const [from, to] = [k, k + 1].map((edge) => Math.floor((edge * moments.length) / points)) as [
      number,
      number,
    ]
    let place = to - 1
    if (keep === 'least')
      for (let i = from; i < to; i++) if ((values[i] ?? 0) < (values[place] ?? 0)) place = i
    return place
  })
  const first = moments.length > points && keep === 'last' ? [0] : []
  return [...first, ...places].map((place) => ({ at: moments[place] ?? 0, value: values[place] ?? null }))
}

/** The last value of each calendar year, in UTC. */
export function yearEnds(
  moments: readonly number[],
  values: readonly (number | null)[],
): ReadonlyMap<number, number | null> {
  const ends = new Map<number, number | null>()
  for (const [i, moment] of moments.entries())
    ends.set(new Date(moment / 1000).getUTCFullYear(), values[i] ?? null)
  return ends
}
