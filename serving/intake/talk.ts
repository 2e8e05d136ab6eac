/** What the platform and the thread that reads topics say to each other. Topics are told by their place in the configuration. */
import type { Standing, TopicOptions, TopicStatus } from '../../streams/sources/kafka/reading.ts'
import type { SpooledBatch } from './record.ts'

export type IntakeData = Readonly<{
  /** Where batches lie until they are recorded. */
  folder: string
  topics: readonly Readonly<{ options: TopicOptions; standing: Standing }>[]
}>

export type FromIntake =
  | Readonly<{ kind: 'batch'; at: number; batch: SpooledBatch }>
  | Readonly<{ kind: 'status'; at: number; status: TopicStatus }>

export type ToIntake =
  /** The batch is durable. */
  | Readonly<{ kind: 'taken'; at: number }>
  /** What was read and not taken counts for nothing: the topic is read from here. */
  | Readonly<{ kind: 'anew'; at: number; standing: Standing }>
  | Readonly<{ kind: 'end' }>
