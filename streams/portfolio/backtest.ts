/** A backtest: the same targets, weights and accounting as live, over a panel of scores. */
import type { PortfolioSpec } from '../../schemas/events/experiment.ts'
import { accountDay, type DayResult } from './account.ts'
import { heldWeights, targetOf } from './weights.ts'

/**
 * Scores and the day's returns by day; `scores[d][i]` is decided after the close of day d. `neutral` is the column that the
 * spec neutralises against, where it names one.
 */
export type Panel = Readonly<{
  scores: readonly Float64Array[]
  returns: readonly Float64Array[]
  neutral?: readonly Float64Array[]
}>

/** The weights decided after each close. */
export function booksOf(panel: Panel, spec: PortfolioSpec): readonly Float64Array[] {
  const targets: Float64Array[] = []
  return panel.scores.map((scores, day) => {
    targets.push(targetOf(scores, spec, panel.neutral?.[day]))
    if (targets.length > spec.holdingDays) targets.shift()
    return heldWeights(targets, spec.holdingDays)
  })
}

/**
 * The daily results of trading the scores. What is decided after close d is traded at close d+1 and earns from then on, so
 * the first two days earn nothing.
 */
export function backtest(panel: Panel, spec: PortfolioSpec): readonly DayResult[] {
  const books = booksOf(panel, spec)
  const flat = new Float64Array(panel.scores[0]?.length ?? 0)
  return books.map((_, day) =>
    accountDay(
      { held: books[day - 2] ?? flat, returns: panel.returns[day], next: books[day - 1] ?? flat },
      spec,
    ),
  )
}
