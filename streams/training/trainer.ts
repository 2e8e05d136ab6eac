/** A run that is trained: on its frozen set, held out by walk-forward, and written as ONNX. Nothing is stored. */
import type { DataOf } from '../../schemas/event.ts'
import type { RunFinished, RunSpec } from '../../schemas/events/experiment.ts'
import type { Rows } from '../../schemas/rows.ts'
import { onnxOf } from '../inference/linear-file.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { contentHashOf, type FrozenSet, readFrozen } from './frozen.ts'
import { type Evaluation, evaluate, fitRows, type Layout, layoutOf } from './held-out.ts'
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

/** What trains runs: in this thread, or in others. */
export interface Trainer {
  /**
   * A function of the run and of the bytes of its training set alone.
   * @throws Refusal of a run that cannot be trained, and `chunk.*`
   */
  train(spec: RunSpec, set: FrozenSet): Promise<Trained>
  /** How many runs at a time are done sooner than one after the other. */
  readonly atOnce: number
}

export function trainerHere(chunks: ChunkStore): Trainer {
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
  }
}

type TrainingData = Readonly<{ rows: Rows; layout: Layout }>

function train(spec: RunSpec, { rows, layout }: TrainingData): Trained {
  const evaluation = evaluate(rows, spec, layout)
  return {
    artifact: onnxOf(fitRows(rows, spec, everyRow(rows)), spec.features),
    scores: scoreTable(rows, layout, evaluation.scores),
    days: dayRows(layout, evaluation),
    metrics: [...evaluation.metrics],
  }
}

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
