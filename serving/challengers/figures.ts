/** The figures of a comparison, over the sessions that both have: none of them is of a session that one of them lacks. */
import type { Session } from '../../schemas/calendar.ts'
import { periodsPerYear } from '../../streams/calendar/spacing.ts'
import { meanOf } from '../../streams/statistics/moments.ts'
import { meanTest } from '../../streams/statistics/newey-west.ts'
import { spearman } from '../../streams/statistics/ranks.ts'
import { annualise, sharpeOf } from '../../streams/statistics/sharpe.ts'

/** By name. */
export type Said = ReadonlyMap<string, Readonly<{ score: number | null; weight: number }>>
type Earned = Readonly<{ net: number; cost: number; turnover: number }>

/** Null where there is too little to say. */
type Figure = number | null

export type Agreement = Readonly<{
  sessions: number
  /** Spearman's correlation of the scores of names that both have, mean over sessions. */
  rankCorrelation: Figure
  /** Half of the sum of what the weights differ by, mean over sessions: 0 is the same book. */
  activeShare: Figure
}>

export type Side = Readonly<{
  /** Compounded, net of costs. */
  totalReturn: number
  /** Annual, of net returns per session. */
  sharpe: Figure
  /** Of the compounded capital, from its highest. */
  maxDrawdown: number
  /** Per session, one way, as a fraction of capital; and what it cost, in all. */
  turnover: number
  cost: number
}>

export type Performance = Readonly<{
  sessions: number
  champion: Side
  challenger: Side
  /** What the challenger earned more, per session, with its t by Newey & West (1987). */
  difference: Readonly<{ mean: number; t: Figure }>
}> | null

const finite = (value: number): Figure => (Number.isFinite(value) ? value : null)

const both = <T>(a: ReadonlyMap<Session, T>, b: ReadonlyMap<Session, T>): readonly Session[] =>
  [...a.keys()].filter((session) => b.has(session)).sort((x, y) => x - y)

export function agreementOf(
  champion: ReadonlyMap<Session, Said>,
  challenger: ReadonlyMap<Session, Said>,
): Agreement {
  const sessions = both(champion, challenger)
  const each = (of: (a: Said, b: Said) => number): Figure => {
    const found = sessions.flatMap((session) => {
      const [a, b] = [champion.get(session), challenger.get(session)]
      const value = a === undefined || b === undefined ? Number.NaN : of(a, b)
      return Number.isFinite(value) ? [value] : []
    })
    return found.length === 0 ? null : meanOf(Float64Array.from(found))
  }
  return { sessions: sessions.length, rankCorrelation: each(ranksAlike), activeShare: each(activeShareOf) }
}

function ranksAlike(a: Said, b: Said): number {
  const names = [...a].flatMap(([name, { score }]) =>
    score === null || (b.get(name)?.score ?? null) === null ? [] : [name],
  )
  const of = (said: Said) => Float64Array.from(names, (name) => said.get(name)?.score ?? Number.NaN)
  return spearman(of(a), of(b))
}

function activeShareOf(a: Said, b: Said): number {
  let sum = 0
  for (const name of new Set([...a.keys(), ...b.keys()]))
    sum += Math.abs((a.get(name)?.weight ?? 0) - (b.get(name)?.weight ?? 0))
  return sum / 2
}

/** Null before both have earned anything in the same session. */
export function performanceOf(
  champion: ReadonlyMap<Session, Earned>,
  challenger: ReadonlyMap<Session, Earned>,
): Performance {
  const sessions = both(champion, challenger)
  if (sessions.length === 0) return null
  const perYear = periodsPerYear(sessions)
  const of = (earned: ReadonlyMap<Session, Earned>) =>
    sessions.map((session) => earned.get(session) ?? { net: 0, cost: 0, turnover: 0 })
  const [a, b] = [of(champion), of(challenger)]
  const difference = meanTest(Float64Array.from(a, ({ net }, i) => b[i].net - net))
  return {
    sessions: sessions.length,
    champion: sideOf(a, perYear),
    challenger: sideOf(b, perYear),
    difference: { mean: difference.mean, t: finite(difference.t) },
  }
}

function sideOf(earned: readonly Earned[], perYear: number): Side {
  let [capital, highest, maxDrawdown] = [1, 1, 0]
  for (const { net } of earned) {
    capital *= 1 + net
    highest = Math.max(highest, capital)
    maxDrawdown = Math.max(maxDrawdown, 1 - capital / highest)
  }
  return {
    totalReturn: capital - 1,
    sharpe: finite(annualise(sharpeOf(Float64Array.from(earned, ({ net }) => net)), perYear)),
    maxDrawdown,
    turnover: meanOf(Float64Array.from(earned, ({ turnover }) => turnover)),
    cost: earned.reduce((sum, { cost }) => sum + cost, 0),
  }
}
