/** A name that is held at a mark, and how many of them are remembered in columns. */
import type { Session } from '../../schemas/calendar.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'

export type Action = Readonly<{ dividend: number; split: number }>

/** A name that is held at `mark`: one share of it has become `shares` and `cash` by actions that were told late. */
export type Holding = {
  /** The session of the position's first price: what went ex by then is no business of its holder. */
  since: Session
  /** The session of the mark. */
  session: Session
  mark: number
  /** The last mark above zero: a return is measured on it. */
  base: number
  shares: number
  cash: number
  /** By how much splits of up to the mark's session were changed since it was set, by session; null for none. */
  late: Map<Session, number> | null
  /** What goes ex after the session of the mark, by session: it belongs to the move to a price of that session or later. */
  ahead: Map<Session, Action>
}

const NUMBERS = ['since', 'session', 'mark', 'base', 'shares', 'cash'] as const

type Saved = Readonly<
  Record<(typeof NUMBERS)[number], Float64Array> & {
    /** 1 where a name is held. */
    held: Uint8Array
    late: ReadonlyMap<number, Map<Session, number>>
    ahead: ReadonlyMap<number, Map<Session, Action>>
  }
>

/** One entry for each name, null where it is not held. */
export function holdingColumns(holdings: readonly (Holding | null)[]): Memory {
  const columns = NUMBERS.map((name): [string, Memory] => [
    name,
    Float64Array.from(holdings, (holding) => holding?.[name] ?? Number.NaN),
  ])
  return {
    ...Object.fromEntries(columns),
    held: Uint8Array.from(holdings, (holding) => (holding === null ? 0 : 1)),
    late: sparse(holdings, (holding) => holding?.late ?? null),
    ahead: sparse(holdings, (holding) =>
      holding === null || holding.ahead.size === 0 ? null : holding.ahead,
    ),
  }
}

export function holdingsFrom(memory: Memory): readonly (Holding | null)[] {
  const saved = memory as unknown as Saved
  const { since, session, mark, base, shares, cash, late, ahead } = saved
  return Array.from(saved.held, (held, place): Holding | null => {
    if (held === 0) return null
    const numbers = { since: since[place], session: session[place], mark: mark[place], base: base[place] }
    const actions = { late: late.get(place) ?? null, ahead: ahead.get(place) ?? new Map() }
    return { ...numbers, shares: shares[place], cash: cash[place], ...actions }
  })
}

/** By place, what is there of a list in which there is mostly nothing. */
export function sparse<T, M extends Memory>(list: readonly T[], of: (one: T) => M | null): Map<number, M> {
  return new Map(
    list.flatMap((one, place): [number, M][] => {
      const found = of(one)
      return found === null ? [] : [[place, found]]
    }),
  )
}
