/** How a strategy came through the market's worst episodes, by its own history or by what its factors did then. */
import { MICROS_PER_DAY, type Micros, parseMoment } from '../../schemas/kernel/time.ts'
import { maxDrawdown } from './drawdown.ts'

/** Returns of days from `from` (inclusive) to `to` (exclusive). */
type Episode = Readonly<{ name: string; from: string; to: string }>

/** From the day after the index's high to its low, by closes. */
export const EPISODES: readonly Episode[] = [
  { name: 'financial crisis', from: '2007-10-10', to: '2009-03-10' },
  { name: 'Lehman and after', from: '2008-09-15', to: '2008-11-21' },
  { name: 'August 2015', from: '2015-08-18', to: '2015-08-26' },
  { name: 'volatility spike of February 2018', from: '2018-01-27', to: '2018-02-09' },
  { name: 'pandemic', from: '2020-02-20', to: '2020-03-24' },
  { name: 'rates of 2022', from: '2022-01-04', to: '2022-10-13' },
]

/** Daily returns and the days they belong to, ascending. */
export type DailyReturns = Readonly<{ days: Float64Array; returns: Float64Array }>

/** The strategy's beta on a factor whose history may be longer than its own. */
export type FactorShock = DailyReturns & Readonly<{ factor: string; beta: number }>

type StressOutcome = Readonly<{
  episode: string
  /** `own`: what it did. `replayed`: Σ β × factor, which knows no alpha and no change of mind. */
  kind: 'own' | 'replayed'
  days: number
  totalReturn: number
  worstDay: number
  worstDayAt: Micros
  maxDrawdown: number
}>

/** An episode that neither the strategy nor its factors cover is named, never blank. */
type StressResult = StressOutcome | Readonly<{ episode: string; kind: 'insufficient'; reason: string }>

/** A weekend and a holiday at either edge are no hole in a history. */
const EDGE = 5 * MICROS_PER_DAY

export function stress(
  own: DailyReturns,
  options: Readonly<{ episodes?: readonly Episode[]; shocks?: readonly FactorShock[] }> = {},
): readonly StressResult[] {
  const { episodes = EPISODES, shocks = [] } = options
  return episodes.map((episode): StressResult => {
    const within = during(own, episode)
    if (within !== undefined) return outcome(episode.name, 'own', within)
    const parts = shocks.map((shock) => ({ shock, part: during(shock, episode) }))
    const short = parts.find(({ part }) => part === undefined)
    if (parts.length === 0 || short !== undefined) {
      const who =
        short === undefined ? 'there are no factors' : `factor ${short.shock.factor} does not cover it`
      return {
        episode: episode.name,
        kind: 'insufficient',
        reason: `the history does not cover it and ${who}`,
      }
    }
    return replay(
      episode.name,
      parts.flatMap(({ shock, part }) => (part ? [{ beta: shock.beta, part }] : [])),
    )
  })
}

type Part = Readonly<{ beta: number; part: DailyReturns }>

function replay(episode: string, parts: readonly Part[]): StressResult {
  const { days } = parts[0].part
  const aligned = parts.every(
    ({ part }) => part.days.length === days.length && part.days.every((d, i) => d === days[i]),
  )
  if (!aligned) return { episode, kind: 'insufficient', reason: 'the factors do not cover the same days' }
  const returns = days.map((_, t) => parts.reduce((sum, { beta, part }) => sum + beta * part.returns[t], 0))
  return outcome(episode, 'replayed', { days, returns })
}

/** The episode's part of a history that covers it without a missing value. */
function during({ days, returns }: DailyReturns, episode: Episode): DailyReturns | undefined {
  const [from, to] = [parseMoment(episode.from), parseMoment(episode.to)]
  const chosen = [...days.keys()].filter((i) => days[i] >= from && days[i] < to)
  const first = chosen[0]
  const last = chosen.at(-1)
  if (first === undefined || last === undefined) return undefined
  if (days[first] > from + EDGE || days[last] < to - EDGE) return undefined
  const part = { days: days.slice(first, last + 1), returns: returns.slice(first, last + 1) }
  return part.returns.every(Number.isFinite) ? part : undefined
}

function outcome(episode: string, kind: 'own' | 'replayed', { days, returns }: DailyReturns): StressOutcome {
  const worst = returns.reduce((least, value, i) => (value < returns[least] ? i : least), 0)
  return {
    episode,
    kind,
    days: returns.length,
    totalReturn: returns.reduce((wealth, value) => wealth * (1 + value), 1) - 1,
    worstDay: returns[worst],
    worstDayAt: days[worst],
    maxDrawdown: maxDrawdown(returns),
  }
}
