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
import { type Digest, digestOf } from '../../schemas/kernel/canonical.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { putDocument, putRows } from '../log/tables.ts'
import type { Processor } from '../processor.ts'
import { contentHashOf, type FrozenSet } from './frozen.ts'
import type { Trained, Trainer } from './trainer.ts'

export const experimentStream = (run: string): string => `experiment-${run}`

export function trainingProcessor({
  chunks,
  trainer,
}: Readonly<{ chunks: ChunkStore; trainer: Trainer }>): Processor {
  const frozen = new Map<string, FrozenSet>()
  /** What was begun before its run was started, by the digest of the run. Nothing of it is stored, or told, before. */
  const begun = new Map<Digest, Promise<Trained>>()

  const remember = (event: Recorded): void => {
    if (!isEvent(TrainingSetFrozen, event)) return
    const { data, chunks } = event
    // The first set of a name has it.
    if (chunks.length > 0 && !frozen.has(data.trainingSet)) frozen.set(data.trainingSet, chunks)
  }

  const setOf = ({ trainingSet, trainingSetHash }: RunSpec): FrozenSet | null => {
    const set = frozen.get(trainingSet)
    return set !== undefined && contentHashOf(set) === trainingSetHash ? set : null
  }

  const trained = async (spec: RunSpec): Promise<Trained> => {
    const set = setOf(spec)
    if (set === null) throw refuse('experiment.unknown-training-set', { trainingSet: spec.trainingSet })
    return trainer.train(spec, set)
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
    expect({ type, data }) {
      // One more than are trained at a time: the first is waited for, and the next may be done by then.
      if (trainer.atOnce === 1 || type !== RunStarted.type || begun.size > trainer.atOnce) return
      const spec = data as RunSpec
      const run = digestOf(spec)
      // A set that is frozen just before its run is known once it is taken in.
      if (begun.has(run) || setOf(spec) === null) return
      const ahead = trained(spec)
      ahead.catch(() => undefined)
      begun.set(run, ahead)
    },
    async take(event, say) {
      remember(event)
      if (say === null || !isEvent(RunStarted, event)) return
      const spec = event.data
      const ahead = begun.get(digestOf(spec))
      const times = { eventTime: event.eventTime, knownAt: event.knownAt }
      const stream = experimentStream(spec.run)
      try {
        const { data, refs } = await stored(chunks, spec, await (ahead ?? trained(spec)))
        say({ stream, events: [RunFinished.draft(data, times, refs)] })
      } catch (error) {
        // What the store of chunks refuses says nothing about the run.
        if (!(error instanceof Refusal) || error.fault.code.startsWith('chunk.')) throw error
        say({ stream, events: [RunFailed.draft({ run: spec.run, reason: error.message }, times)] })
      } finally {
        // What was begun for a sweep that somebody ended is of no use to what is started instead.
        if (ahead === undefined) begun.clear()
        else begun.delete(digestOf(spec))
      }
    },
  }
}

async function stored(chunks: ChunkStore, { run }: RunSpec, trained: Trained) {
  const refs = [
    await putDocument(chunks, trained.artifact, 'onnx'),
    await putRows(chunks, trained.scores),
    await putRows(chunks, trained.days),
  ]
  const [artifact, scores, returns] = refs.map(({ hash }) => hash)
  return { data: { run, artifact, metrics: [...trained.metrics], scores, returns }, refs }
}
