/** Training requests into models: a run that was started is trained, held out, written as ONNX and finished. */
import type { ChunkRef, Position, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import {
  isBuiltIn,
  RunFailed,
  RunFinished,
  type RunSpec,
  RunStarted,
  TrainingSetFrozen,
} from '../../schemas/events/experiment.ts'
import { RunTrained } from '../../schemas/events/trainer.ts'
import { type Digest, digestOf } from '../../schemas/kernel/canonical.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import type { Memory } from '../../schemas/kernel/memory.ts'
import type { ChunkStore } from '../log/chunks.ts'
import { putDocument, putRows } from '../log/tables.ts'
import type { Processor } from '../processor.ts'
import { contentHashOf, type FrozenSet } from './frozen.ts'
import { experimentStream } from './stream.ts'
import type { Trained, Trainer } from './trainer.ts'

export function trainingProcessor({
  chunks,
  trainer,
}: Readonly<{ chunks: ChunkStore; trainer: Trainer }>): Processor {
  const frozen = new Map<string, FrozenSet>()
  /** Runs that are trained elsewhere, until it is said what came of them: by where they were started. */
  const elsewhere = new Map<Position, RunSpec>()
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

  const setFor = (spec: RunSpec): FrozenSet => {
    const set = setOf(spec)
    if (set === null) throw refuse('experiment.unknown-training-set', { trainingSet: spec.trainingSet })
    return set
  }

  const trained = async (spec: RunSpec): Promise<Trained> => trainer.train(spec, setFor(spec))

  /** What is to be trained or judged after an event; null where nothing is. */
  const workAt = (event: Recorded): Work | null => {
    if (isEvent(RunStarted, event)) {
      const spec = event.data
      if (isBuiltIn(spec)) return { spec, work: () => begun.get(digestOf(spec)) ?? trained(spec) }
      elsewhere.set(event.position, spec)
    }
    if (!isEvent(RunTrained, event)) return null
    const { started, failure, artifact, folds } = event.data
    const spec = elsewhere.get(started)
    // What is said twice, or of a run that nobody started, is nothing.
    if (spec === undefined || spec.run !== event.data.run) return null
    elsewhere.delete(started)
    return {
      spec,
      async work() {
        if (failure !== null)
          throw refuse('experiment.trainer-failed', { trainer: spec.trainer, problem: failure })
        return trainer.judge(spec, setFor(spec), { artifact, folds })
      },
    }
  }

  return {
    name: 'training',
    version: 1,
    save: (): Memory => ({ frozen, elsewhere }),
    restore(memory) {
      // Snapshots from before there were trainers elsewhere are the frozen sets alone.
      const saved = memory as unknown as Saved | Saved['frozen']
      const sets = saved instanceof Map ? saved : (saved as Saved).frozen
      // A snapshot of an earlier version has the one chunk that a set was.
      for (const [name, set] of sets as ReadonlyMap<string, FrozenSet | ChunkRef>)
        frozen.set(name, 'hash' in set ? [set] : set)
      if (saved instanceof Map) return
      for (const [position, spec] of (saved as Saved).elsewhere) elsewhere.set(position, spec)
    },
    handles: [TrainingSetFrozen.type, RunStarted.type, RunTrained.type],
    expect({ type, data }) {
      // One more than are trained at a time: the first is waited for, and the next may be done by then.
      if (trainer.atOnce === 1 || type !== RunStarted.type || begun.size > trainer.atOnce) return
      const spec = data as RunSpec
      if (!isBuiltIn(spec)) return
      const run = digestOf(spec)
      // A set that is frozen just before its run is known once it is taken in.
      if (begun.has(run) || setOf(spec) === null) return
      const ahead = trained(spec)
      ahead.catch(() => undefined)
      begun.set(run, ahead)
    },
    async take(event, say) {
      remember(event)
      const found = workAt(event)
      if (say === null || found === null) return
      const { spec, work } = found
      const wasAhead = begun.has(digestOf(spec))
      const times = { eventTime: event.eventTime, knownAt: event.knownAt }
      const stream = experimentStream(spec.run)
      try {
        const { data, refs } = await stored(chunks, spec, await work())
        say({ stream, events: [RunFinished.draft(data, times, refs)] })
      } catch (error) {
        // What the store of chunks refuses says nothing about the run.
        if (!(error instanceof Refusal) || error.fault.code.startsWith('chunk.')) throw error
        say({ stream, events: [RunFailed.draft({ run: spec.run, reason: error.message }, times)] })
      } finally {
        // What was begun for a sweep that somebody ended is of no use to what is started instead.
        if (wasAhead) begun.delete(digestOf(spec))
        else begun.clear()
      }
    },
  }
}

/** A run, and what it takes. */
type Work = Readonly<{ spec: RunSpec; work: () => Promise<Trained> }>

type Saved = Readonly<{ frozen: ReadonlyMap<string, FrozenSet>; elsewhere: ReadonlyMap<Position, RunSpec> }>

async function stored(chunks: ChunkStore, { run }: RunSpec, trained: Trained) {
  const refs = [
    await putDocument(chunks, trained.artifact, 'onnx'),
    await putRows(chunks, trained.scores),
    await putRows(chunks, trained.days),
  ]
  const [artifact, scores, returns] = refs.map(({ hash }) => hash)
  return { data: { run, artifact, metrics: [...trained.metrics], scores, returns }, refs }
}
