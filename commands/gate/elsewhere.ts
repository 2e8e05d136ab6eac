/** A candidate whose trainer is not built in: its models, made again on every split, are asked here about the rows they did not see. */

import type { ValidationRule } from '../../schemas/events/approval.ts'
import { isBuiltIn } from '../../schemas/events/experiment.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import type { Rows } from '../../schemas/rows.ts'
import type { ChunkStore } from '../../streams/log/chunks.ts'
import { insufficient, type Measured, measured } from '../../streams/statistics/measured.ts'
import { type Scorer, scoresOf } from '../../streams/training/models.ts'
import { everyRow } from '../../streams/training/sample.ts'
import type { Trial } from '../../streams/training/trials.ts'
import type { Elsewhere, Study } from './evidence.ts'
import { isSameScheme, splitUnder } from './splits.ts'

type Asked = Readonly<{
  study: Measured<Study>
  rule: ValidationRule
  held: Rows | null
  scorer?: Scorer | undefined
}>

/** @returns null for a trainer that is built in: it is fitted where its fits are needed */
export async function elsewhereOf(
  chunks: ChunkStore,
  trial: Trial,
  { study, rule, held, scorer }: Asked,
): Promise<Elsewhere | null> {
  const { spec, artifact } = trial
  if (isBuiltIn(spec)) return null
  const folds = await foldsOf(chunks, trial, { study, rule, scorer })
  if (held === null || artifact === null) return { folds, holdout: null }
  return {
    folds,
    holdout: await scoresOf(chunks, artifact, { rows: held, spec, which: everyRow(held), scorer }),
  }
}

async function foldsOf(
  chunks: ChunkStore,
  { spec, splits = [] }: Trial,
  { study, rule, scorer }: Omit<Asked, 'held'>,
): Promise<Elsewhere['folds']> {
  if (study.kind === 'insufficient') return study
  const made = splits.find((one) => isSameScheme(one, rule))
  if (made === undefined) return insufficient('its trainer was not run again on the splits of the policy')
  if (made.failure !== null) return insufficient(`its trainer failed on a split: ${made.failure}`)
  const { rows } = study.value
  try {
    const split = splitUnder(rows, rule)
    if (made.models.length !== split.folds.length)
      return insufficient(`there are ${made.models.length} models for ${split.folds.length} splits`)
    const scores: Float64Array[] = []
    for (const [at, { test }] of split.folds.entries())
      scores.push(await scoresOf(chunks, made.models[at], { rows, spec, which: test, scorer }))
    return measured(scores)
  } catch (error) {
    if (!(error instanceof Refusal) || error.fault.code.startsWith('chunk.')) throw error
    return insufficient(error.message)
  }
}
