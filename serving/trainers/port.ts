/** What trains a model somewhere: a job in, a model out. Whatever becomes of a job is an answer; only the place itself is refused. */
import type { Limits } from '../../schemas/events/trainer.ts'

/** One model to be made: code, and what it reads. */
export type Job = Readonly<{
  /** The same for the same work, so that a place that was asked twice does it once. */
  id: string
  /** Who it is for: places are shared fairly among them, and it is no part of the work. */
  of: string
  /** The files of the commit, as a tar. */
  code: Uint8Array
  /** The program and what comes before the entry; the entry; folders that it reads besides. */
  command: readonly string[]
  mounts: readonly string[]
  /** The rows to train on, as an Arrow file. */
  table: Uint8Array
  /** `run.json`: features, label, parameters, seed. */
  told: Readonly<Record<string, unknown>>
  limits: Limits
  /** What the trainer was admitted with, for a place that is not this machine: SHA-256 of the program, and over what is installed. */
  environment: Readonly<{ program: string; installed: string | null }>
}>

/** `failure`: why there is no model, in a sentence. */
export type Made = Readonly<{
  model: Uint8Array
  metrics: readonly Readonly<{ name: string; value: number }>[]
  seconds: number
  failure: string | null
  /** Whether the place broke down rather than the trainer: the job may be tried again. */
  isLost: boolean
}>

export interface Executor {
  readonly name: string
  /** What is not held here, by name: a run that needed it cannot be promoted. */
  readonly notHeld: readonly string[]
  readonly atOnce: number
  /** How often a job is begun that was lost. */
  readonly tries: number
  /** Whether jobs can be run at all, before a trial is started. @throws Refusal `trainer.no-sandbox` */
  assertReady(): Promise<void>
  run(job: Job): Promise<Made>
}
