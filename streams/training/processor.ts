/** Training requests into models: a run that was started is trained, held out, written as ONNX and finished. */
import type { ChunkRef, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import {
  RunFailed,
  RunFinished,
  type RunSpec,
  RunStarted,
  TrainingSetFrozen,
} from '../../schemas/events/experiment.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import type { Rows } from '../../schemas/rows.ts'
import { onnxOf } from '../inference/linear-file.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { putDocument, putRows } from '../log/tables.ts'
import type { Processor } from '../processor.ts'
import { contentHashOf, type FrozenSet, readFrozen } from './frozen.ts'
import { type Evaluation, evaluate, fitRows, type Layout, layoutOf } from './held-out.ts'
import { everyRow, pick, SESSION } from './sample.ts'

export const experimentStream = (run: string): string => `experiment-${run}`

export function trainingProcessor(chunks: ChunkStore): Processor {
  const frozen = new Map<string, FrozenSet>()
  /** The set that was read last: a sweep reads the same one many times. */
  let held: (TrainingData & { hash: string; folds: number }) | null = null

  const remember = (event: Recorded): void => {
    if (!isEvent(TrainingSetFrozen, event)) return
    const { data, chunks } = event
    // The first set of a name has it.
    if (chunks.length > 0 && !frozen.has(data.trainingSet)) frozen.set(data.trainingSet, chunks)
  }

  const dataOf = async ({ trainingSet, trainingSetHash, folds }: RunSpec): Promise<TrainingData> => {
    const set = frozen.get(trainingSet)
    if (set === undefined || contentHashOf(set) !== trainingSetHash) {
      throw refuse('experiment.unknown-training-set', { trainingSet })
    }
    if (held?.hash !== trainingSetHash || held.folds !== folds) {
      const rows = await readFrozen(chunks, set)
      held = { hash: trainingSetHash, folds, rows, layout: layoutOf(rows, folds) }
    }
    return held
  }

  return {
    name: 'training',
    version: 1,
    save: () => frozen,
    restore(memory) {
      // A snapshot of an earlier version has the one chunk that a set was.
      for (const [name, set] of memory as unknown as ReadonlyMap<string, FrozenSet | ChunkRef>)
        frozen.set(name, 'hash' in set ? [set] : set)
    },
    handles: [TrainingSetFrozen.type, RunStarted.type],
    async take(event, say) {
      remember(event)
      if (say === null || !isEvent(RunStarted, event)) return
      const spec = event.data
      const times = { eventTime: event.eventTime, knownAt: event.knownAt }
      const stream = experimentStream(spec.run)
      try {
        const outcome = await train(chunks, spec, await dataOf(spec))
        say({ stream, events: [RunFinished.draft(outcome.data, times, outcome.chunks)] })
      } catch (error) {
        // What the store of chunks refuses says nothing about the run.
        if (!(error instanceof Refusal) || error.fault.code.startsWith('chunk.')) throw error
        say({ stream, events: [RunFailed.draft({ run: spec.run, reason: error.message }, times)] })
      }
    },
  }
}

type TrainingData = Readonly<{ rows: Rows; layout: Layout }>

async function train(chunks: ChunkStore, spec: RunSpec, { rows, layout }: TrainingData) {
  const evaluation = evaluate(rows, spec, layout)
  const artifact = onnxOf(fitRows(rows, spec, everyRow(rows)), spec.features)
  const refs = [
    await putDocument(chunks, artifact, 'onnx'),
    await putRows(chunks, scoreRows(rows, layout, evaluation.scores)),
    await putRows(chunks, dayRows(layout, evaluation)),
  ]
  const [model, scores, returns] = refs.map((ref) => ref.hash)
  const metrics = [...evaluation.metrics]
  return { data: { run: spec.run, artifact: model, metrics, scores, returns }, chunks: refs }
}

/** The held-out scores as a table. */
const scoreRows = (rows: Rows, { rows: tested }: Layout, scores: Float64Array): Rows => ({
  length: tested.length,
  entities: rows.entities,
  entity: tested.map((row) => rows.entity[row]),
  eventTime: pick(rows.eventTime, tested),
  knownAt: pick(rows.knownAt, tested),
  columns: [{ name: 'score', values: scores }],
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
