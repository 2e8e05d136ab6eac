/** Trials as the log has them: what the gate counts and the monitors compare with. Handed in when those are wired. */
import type { ChunkRef, Position } from '../../schemas/envelope.ts'
import type { LabelSpec, RunSpec } from '../../schemas/events/experiment.ts'
import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Relation } from '../../schemas/relation.ts'
import type { FrozenSet } from './frozen.ts'

/** Models of every fold of a combinatorial split, made elsewhere. */
export type SplitModels = Readonly<{
  groups: number
  testGroups: number
  embargoDays: number
  models: readonly Digest[]
  failure: string | null
}>

export type Trial = Readonly<{
  spec: RunSpec
  status: 'running' | 'finished' | 'failed'
  artifact: string | null
  /** What of the reproducibility mandate it lacks, by name. */
  missing: readonly string[]
  started: Position
  /** The held-out scores and days; null for a run that did not finish. */
  scores: ChunkRef | null
  returns: ChunkRef | null
  trainingSet: FrozenSet | null
  /** Its decisions became known before this moment; -Infinity where its set is not known. */
  to: Micros
  /** What was to be forecast. */
  label: LabelSpec | null
  /** The formulas of its feature set, in the set's order; none where the set is not known. */
  formulas: FeatureSetSpec['features']
  /** Of a trainer that is not built in, by scheme; those that were made last. */
  splits?: readonly SplitModels[]
}>

/** A trial that counts for a family, and why. */
export type CountedTrial = Pick<Trial, 'status' | 'artifact' | 'started' | 'to'> &
  Readonly<{
    run: string
    family: string
    relation: Relation
    /** Null where somebody attests it: the platform knows that it was started, and nothing of its days. */
    own: Trial | null
  }>

export interface TrialLedger {
  trial(run: string): Trial | undefined
  /**
   * Every run that counts for a family, in the order in which they were started: its own, and those of other families on the
   * same data or by the same author over sessions that overlap, with the same training rows or with the same model file.
   */
  family(family: string): readonly CountedTrial[]
}
