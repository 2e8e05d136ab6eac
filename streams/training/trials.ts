/** Trials as the log has them: what the gate counts and the monitors compare with. Handed in when those are wired. */
import type { ChunkRef, Position } from '../../schemas/envelope.ts'
import type { LabelSpec, RunSpec } from '../../schemas/events/experiment.ts'

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
  trainingSet: ChunkRef | null
  /** What was to be forecast. */
  label: LabelSpec | null
}>

export interface TrialLedger {
  trial(run: string): Trial | undefined
  /**
   * Every run of a family that was ever started, and every run of another family on the same training rows or with the same
   * model file, in order.
   */
  family(family: string): readonly Trial[]
}
