/** What both doors of the Open Inference Protocol speak of: models, requests and answers, whatever the bytes they came in. */
import type { Position } from '../../schemas/envelope.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { LiveModel } from '../../streams/inference/ports.ts'
import type { Source } from '../feature-store.ts'

export type TensorSpec = Readonly<{
  name: string
  datatype: string
  /** -1 for as many as there are. */
  shape: readonly number[]
}>

/** A model in force, loaded from the very file that was approved. */
export interface Model {
  readonly live: LiveModel
  /** The position of its promotion: each act that puts a model in force makes a version. */
  readonly version: string
  readonly approvals: readonly string[]
  /** The fraction of full capital that it may use now, 0 while it is halted; null where it trades nothing. */
  capital(): number | null
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly TensorSpec[]
  /** What a run of one row took when it was put in force, where it runs, and whether requests share a run. */
  readonly cost: Readonly<{ rowMicros: number; isInThreads: boolean; isTogether: boolean }>
  /** @param features rows of the model's features, one after another @returns one score a row */
  predict(features: Float64Array): Promise<Float64Array>
}

export type Parameter = string | number | boolean
export type Parameters = Readonly<Record<string, Parameter>>

/** A tensor's elements: little-endian without padding (BYTES with their lengths in four bytes before them), or one by one. */
export type Content = Readonly<{ raw: Uint8Array }> | Readonly<{ values: readonly unknown[] }>

export type InputTensor = TensorSpec & Readonly<{ content: Content }>

/** A request for inference, as it was read; nothing in it is checked but its form. */
export type Asked = Readonly<{
  model: string
  /** Empty for the one in force. */
  version: string
  /** Echoed; empty where there is none. */
  id: string
  parameters: Parameters
  inputs: readonly InputTensor[]
  /** The outputs that are wanted, by name; the scores where none is named. */
  outputs: readonly string[]
}>

/** Who asks, and until when an answer is of use. */
export type Caller = Readonly<{
  /** Recorded as the actor. */
  name: string
  /** False for a program on this machine that showed nothing: it may not read what the platform knows. */
  isKnown: boolean
  /** By the clock of `performance.now()`; infinite for who gives no time. */
  deadline: number
}>

export type OutputTensor = Readonly<{
  name: string
  datatype: 'FP64' | 'INT64'
  shape: readonly number[]
  values: Float64Array
}>

/** What was read online for a prediction by entity. */
export type Online = Readonly<{
  entities: readonly string[]
  /** The features are as they were known at this moment. */
  moment: Micros
  /** Position of the newest feature values that had been taken in. */
  readAt: Position
  /** The event time of each entity's features. */
  eventTimes: Float64Array
  /** Where they were read, where there is an online store besides the process. */
  source?: Source | undefined
}>

export type Answered = Readonly<{
  model: Model
  id: string
  scores: Float64Array
  /** Null where the caller sent the features. */
  online: Online | null
  /** Where the prediction stands in the log; null where it is recorded after the answer. */
  position: Position | null
  /** The command was given before: what stands at the position is what it was answered then. */
  repeated: boolean
}>
