/** What the relay is handed: what a log's models and capital are, and something that carries messages. */
import type { Position, Recorded } from '../../schemas/envelope.ts'

/** A message on its way to a topic. */
export type Message = Readonly<{
  /** Without the prefix that all topics of a platform have. */
  topic: string
  key: string
  /** Null says that the key is no more: compaction forgets what it was. */
  value: Uint8Array | null
  headers: Readonly<Record<string, string>>
}>

/** How a model stands, at the event that was taken in last. */
export type InForce = Readonly<{
  artifact: string
  promotion: Position
  run: string
  approvals: readonly string[]
  dataset: string
  featureSet: string
  featureVersion: number
}>
export type CapitalNow = Readonly<{
  artifact: string
  /** What it may use, and what it might if no halt held. */
  fraction: number
  granted: number
  /** The models whose halt holds for it. */
  haltedBy: readonly string[]
  /** The event that set it. */
  position: Position
  why: string
  cause: string | null
  value: number | null
  pendingReview: Position | null
}>

/** What the platform makes of the log, event by event: a promotion or a review that its evidence does not bear out changes nothing. */
export interface Standings {
  /** The types of events that it follows. */
  readonly handles: readonly string[]
  take(event: Recorded): Promise<void>
  inForce(model: string): InForce | null
  /** The retirement by which nothing is in force as a model; null where something is, or never was. */
  retiredAt(model: string): Position | null
  capital(model: string): CapitalNow | null
}

/** Carries messages. One that is opened may be used until it fails; then another is opened. */
export interface Bus {
  /**
   * Connects, makes sure of the topics and schemas, and shuts out whoever published before.
   * @throws Refusal `topic.differs`, `topic.incompatible`, `relay.cursor-lost`: somebody has to do something
   * @throws Error for whatever passes: a broker that is away
   */
  open(): Promise<Publisher>
}

/** Up to where a log is published, as it lies at the broker. */
export type Place = Readonly<{
  /** The position after the last that was published. */
  next: Position
  /** Which event that last one is; null where nobody said. */
  last: string | null
  /** Whether this bus left off there, and not another relay. */
  isOwn: boolean
}>

export interface Publisher {
  readonly place: Place
  /** The id under which the schema of a subject is registered. */
  schemaId(subject: string): number
  /** Publishes all messages and the place after them, or nothing of it. Whether it did is unknown after it threw. */
  publish(messages: readonly Message[], place: Pick<Place, 'next'> & { last: string }): Promise<void>
  /** Lets go of the broker; never throws. */
  close(): Promise<void>
}
