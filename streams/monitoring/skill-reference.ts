/** What a model in force is held to day by day: its coefficients and residuals over the held-out sessions of the run that made it. */
import type { LiveModel } from '../inference/ports.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { getRows } from '../log/tables.ts'
import { insufficient, type Measured, measured } from '../statistics/measured.ts'
import { readFrozen } from '../training/frozen.ts'
import { layoutOf } from '../training/held-out.ts'
import { scorePanel } from '../training/score-table.ts'
import type { TrialLedger } from '../training/trials.ts'
import { type Held, heldTo } from './e-detector.ts'
import { earningScores, type Horizon, horizonOf, realizedOf, slopeOf } from './realized.ts'

/** What is off by a quarter more is no change. */
const RESIDUAL_MARGIN = Math.log10(1.25)

export type SkillReference = Readonly<{
  horizon: Horizon
  /** Returns of a session for a score. */
  slope: number
  'information-coefficient': Measured<Held>
  residuals: Measured<Held>
}>

export type SkillReferences = (live: LiveModel) => Promise<Measured<SkillReference>>

/** Nothing of it is kept: who asks keeps what he is told, which is small. */
export function skillReferencesIn({
  chunks,
  trials,
}: Readonly<{ chunks: ChunkStore; trials: TrialLedger }>): SkillReferences {
  return async ({ run }) => {
    const trial = trials.trial(run.run)
    if (trial?.trainingSet == null || trial.scores === null || trial.label === null)
      return insufficient('the held-out scores are not at hand')
    const rows = await readFrozen(chunks, trial.trainingSet)
    const layout = layoutOf(rows, run.folds)
    const scores = scorePanel(rows, layout, await getRows(chunks, trial.scores))
    if (scores === null) return insufficient('the held-out scores do not cover the training set')
    const counted = trials.family(trial.spec.family).length
    return measured(referenceOf(scores, layout.returns, { horizon: horizonOf(trial.label), trials: counted }))
  }
}

/** @param scores and returns of the held-out sessions, by the places of names */
export function referenceOf(
  scores: readonly Float64Array[],
  returns: readonly Float64Array[],
  { horizon, trials }: Readonly<{ horizon: Horizon; trials: number }>,
): SkillReference {
  const pairs = returns.flatMap((earned, at) => {
    const earning = earningScores(scores.slice(0, at), horizon, earned.length)
    return earning === null ? [] : [[earning, earned] as const]
  })
  const slope = slopeOf(pairs)
  const realized = pairs.map(([earning, earned]) => realizedOf(earning, earned, slope))
  const coefficients = Float64Array.from(realized, ({ coefficient }) => coefficient)
  const residuals = Float64Array.from(realized, ({ residual }) => residual)
  const coefficient = heldTo(coefficients, { side: 'below', trials })
  return {
    ...{ horizon, slope },
    'information-coefficient':
      coefficient.kind === 'measured' && coefficient.value.mean <= 0
        ? insufficient('the held-out coefficient is not above 0 by more than its error: nothing to decay')
        : coefficient,
    residuals: heldTo(residuals, { side: 'above', margin: RESIDUAL_MARGIN }),
  }
}
