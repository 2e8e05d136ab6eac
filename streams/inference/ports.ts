/** What inference is handed when it is wired: the model in force, and the features as they were known. */
import type { Position } from '../../schemas/envelope.ts'
import type { RunSpec } from '../../schemas/events/experiment.ts'
import type { Service } from '../../schemas/events/model.ts'
import type { Micros } from '../../schemas/kernel/time.ts'

/** A model in force on sound evidence. */
export type LiveModel = Readonly<{
  model: string
  artifact: string
  promotion: Position
  featureSet: string
  featureVersion: number
  /** The data set that it is trained to trade. */
  dataset: string
  /** One in the class `after` is asked, and trades nothing. */
  service: Service
  run: RunSpec
}>

/** The latest known row of each entity, entities in code-unit order; NaN where a value is missing or too old. */
export type FeatureRows = Readonly<{
  entities: readonly string[]
  /** The event time of each entity's row; NaN where it has none. */
  eventTimes: Float64Array
  /** One array a name, in the order asked for. */
  columns: readonly Float64Array[]
}>

export interface LiveModels {
  /** Those in force that trade a data set: in the class `durable`, all of them. */
  trading(dataset: string): readonly LiveModel[]
  inForce(model: string): LiveModel | undefined
}

export interface OnlineFeatures {
  asOf(set: { name: string; version: number }, names: readonly string[], at: Micros): Promise<FeatureRows>
}
