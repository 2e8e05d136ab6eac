/** A run that is trained: on its frozen set, held out by walk-forward, and written as ONNX. Nothing is stored. */
import type { DataOf } from '../../schemas/event.ts'
import type { RunFinished, RunSpec } from '../../schemas/events/experiment.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Rows } from '../../schemas/rows.ts'
import { onnxOf } from '../inference/linear-file.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { contentHashOf, type FrozenSet, readFrozen } from './frozen.ts'
import { type Evaluation, evaluate, fitRows, type Layout, layoutOf } from './held-out.ts'
import { type Scorer, scoresOf } from './models.ts'
import { everyRow, SESSION } from './sample.ts'
import { scoreTable } from './score-table.ts'

/** What a run came to. */
export type Trained = Readonly<{
  /** The model file. */
  artifact: Uint8Array
  /** The held-out scores, and the held-out sessions of the portfolio. */
  scores: Rows
  days: Rows
  metrics: DataOf<typeof RunFinished>['metrics']
}>

/** Models that were made elsewhere: of all rows, and of each fold of the walk-forward in order. */
export type Models = Readonly<{ artifact: Digest; folds: readonly Digest[] }>

/** What trains runs: in this thread, or in others. */
export interface Trainer {
  /**
   * A function of the run and of the bytes of its training set alone.
   * @throws Refusal of a run that cannot be trained, and `chunk.*`
   */
  train(spec: RunSpec, set: FrozenSet): Promise<Trained>
  /**
   * Judges a run by models that its trainer made elsewhere: the rows that each was not shown are scored here.
   * @throws Refusal `model.unreadable`, `experiment.other-folds`, and `chunk.*`
   */
  judge(spec: RunSpec, set: FrozenSet, models: Models): Promise<Trained>
  /** How many runs at a time are done sooner than one after the other. */
  readonly atOnce: number
}

/** @param scorer who asks the models of others; this thread itself unless it is given */
export function trainerHere(chunks: ChunkStore, scorer?: Scorer): Trainer {
  /** The set that was read last: a sweep reads the same one many times. */
  let held: (TrainingData & { hash: string; folds: number }) | null = null

  const dataOf = async (set: FrozenSet, folds: number): Promise<TrainingData> => {
    const hash = contentHashOf(set)
    if (held?.hash !== hash || held.folds !== folds) {
      const rows = await readFrozen(chunks, set)
      held = { hash, folds, rows, layout: layoutOf(rows, folds) }
    }
    return held
  }

  return {
    atOnce: 1,
    train: async (spec, set) => train(spec, await dataOf(set, spec.folds)),
    async judge(spec, set, { artifact, folds }) {
      const { rows, layout } = await dataOf(set, spec.folds)
      if (folds.length !== layout.folds.length)
        throw refuse('experiment.other-folds', {
          run: spec.run,
          given: folds.length,
          needed: layout.folds.length,
        })
      const scores: Float64Array[] = []
      for (const [at, { test }] of layout.folds.entries())
        scores.push(await scoresOf(chunks, folds[at], { rows, spec, which: test, scorer }))
      // It is what goes live: one that cannot be asked is found out here.
      await scoresOf(chunks, artifact, { rows, spec, which: layout.folds[0].test, scorer })
      const evaluation = evaluate(rows, spec, layout, joined(scores))
      return trainedOf(rows, layout, { artifact: await chunks.get(artifact), evaluation })
    },
  }
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

type TrainingData = Readonly<{ rows: Rows; layout: Layout }>

const train = (spec: RunSpec, { rows, layout }: TrainingData): Trained =>
  trainedOf(rows, layout, {
    artifact: onnxOf(fitRows(rows, spec, everyRow(rows)), spec.features),
    evaluation: evaluate(rows, spec, layout),
  })

type Found = Readonly<{ artifact: Uint8Array; evaluation: Evaluation }>

const trainedOf = (rows: Rows, layout: Layout, { artifact, evaluation }: Found): Trained => ({
  artifact,
  scores: scoreTable(rows, layout, evaluation.scores),
  days: dayRows(layout, evaluation),
  metrics: [...evaluation.metrics],
})

/** The held-out sessions as a table with one entity, the portfolio: each known, and about, when it was decided. */
function dayRows({ moments, sessions }: Layout, { days }: Evaluation): Rows {
  const values = (name: 'gross' | 'cost' | 'net' | 'turnover') => ({
    name,
    values: Float64Array.from(days, (day) => day[name]),
  })
  return {
    length: days.length,
    entities: ['portfolio'],
    entity: new Uint32Array(days.length),
    eventTime: moments,
    knownAt: moments,
    columns: [
      { name: SESSION, values: sessions },
      values('gross'),
      values('cost'),
      values('net'),
      values('turnover'),
    ],
  }
}
