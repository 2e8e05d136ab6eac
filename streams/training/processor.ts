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
import type { ChunkStore } from '../log/chunks.ts'
import { getRows, putDocument, putRows } from '../log/tables.ts'
import type { Processor, Reaction } from '../processor.ts'
import { type Evaluation, evaluate, fitRows, type HeldOut } from './held-out.ts'
import { onnxOf } from './onnx.ts'

export const experimentStream = (run: string): string => `experiment-${run}`

export function trainingProcessor(chunks: ChunkStore): Processor {
  const frozen = new Map<string, ChunkRef>()
  /** The set that was read last: a sweep reads the same one many times. */
  let held: { hash: string; rows: Rows } | null = null

  const remember = (event: Recorded): void => {
    if (!isEvent(TrainingSetFrozen, event)) return
    const [chunk] = event.chunks
    if (chunk !== undefined) frozen.set(event.data.trainingSet, chunk)
  }

  const rowsOf = async (spec: RunSpec): Promise<Rows> => {
    const chunk = frozen.get(spec.trainingSet)
    if (chunk === undefined || chunk.hash !== spec.trainingSetHash) {
      throw refuse('experiment.unknown-training-set', { trainingSet: spec.trainingSet })
    }
    if (held?.hash !== chunk.hash) held = { hash: chunk.hash, rows: await getRows(chunks, chunk) }
    return held.rows
  }

  return {
    name: 'training',
    handles: [TrainingSetFrozen.type, RunStarted.type],
    async absorb(event) {
      remember(event)
    },
    async react(event): Promise<readonly Reaction[]> {
      remember(event)
      if (!isEvent(RunStarted, event)) return []
      const spec = event.data
      const times = { eventTime: event.eventTime, knownAt: event.knownAt }
      const stream = experimentStream(spec.run)
      try {
        const outcome = await train(chunks, spec, await rowsOf(spec))
        return [{ stream, events: [RunFinished.draft(outcome.data, times, outcome.chunks)] }]
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return [{ stream, events: [RunFailed.draft({ run: spec.run, reason: error.message }, times)] }]
      }
    },
  }
}

async function train(chunks: ChunkStore, spec: RunSpec, rows: Rows) {
  const evaluation = evaluate(rows, spec)
  const everything = Uint32Array.from({ length: rows.length }, (_, row) => row)
  const artifact = onnxOf(fitRows(rows, spec, everything), spec.features)
  const refs = [
    await putDocument(chunks, artifact, 'onnx'),
    await putRows(chunks, scoreRows(rows, evaluation.heldOut)),
    await putRows(chunks, dayRows(evaluation)),
  ]
  const [model, scores, returns] = refs.map((ref) => ref.hash)
  const metrics = [...evaluation.metrics]
  return { data: { run: spec.run, artifact: model, metrics, scores, returns }, chunks: refs }
}

/** The held-out scores as a table. */
function scoreRows(rows: Rows, { rows: which, scores }: HeldOut): Rows {
  return {
    length: which.length,
    entities: rows.entities,
    entity: Uint32Array.from(which, (row) => rows.entity[row]),
    eventTime: Float64Array.from(which, (row) => rows.eventTime[row]),
    knownAt: Float64Array.from(which, (row) => rows.knownAt[row]),
    columns: [{ name: 'score', values: scores }],
  }
}

/** The held-out days as a table with one entity, the portfolio. */
function dayRows({ panel, days }: Evaluation): Rows {
  const values = (name: 'gross' | 'cost' | 'net' | 'turnover') => ({
    name,
    values: Float64Array.from(days, (day) => day[name]),
  })
  return {
    length: days.length,
    entities: ['portfolio'],
    entity: new Uint32Array(days.length),
    eventTime: panel.moments,
    knownAt: panel.moments,
    columns: [values('gross'), values('cost'), values('net'), values('turnover')],
  }
}
