/** What is looked at in a prediction of a model in force: how many scores there are, how far they spread, and whether they moved at all. */
import type { DataOf } from '../../schemas/event.ts'
import type { PredictionMade } from '../../schemas/events/prediction.ts'
import { quantileOfSorted, sorted } from '../statistics/quantile.ts'
import { type Figures, magnitude, rowCount, SAME_MATTERS, share } from './arrival-figures.ts'

const MISSING_MATTERS = 0.05

type Scored = Pick<DataOf<typeof PredictionMade>, 'rows'>
export type Scores = ReadonlyMap<string, number>

export const scoresIn = ({ rows }: Scored): Scores =>
  new Map(rows.flatMap(({ entity, score }) => (score === null ? [] : [[entity, score]])))

/** @param before the scores of the session before, null where there was none */
export function predictionFigures({ rows }: Scored, scores: Scores, before: Scores | null): Figures {
  const values = sorted(Float64Array.from(scores.values()))
  const spread = quantileOfSorted(values, 0.9) - quantileOfSorted(values, 0.1)
  let same = 0
  for (const [entity, score] of scores) if (before?.get(entity) === score) same++
  return {
    predictions: [
      rowCount(rows.length),
      share('without a score', rows.length === 0 ? 0 : 1 - scores.size / rows.length, MISSING_MATTERS),
      // A model that is fed with yesterday's features says what it said.
      ...(before === null || scores.size === 0
        ? []
        : [share('scores as before', same / scores.size, SAME_MATTERS)]),
      ...magnitude('spread of scores', Float64Array.of(spread)),
    ],
  }
}
