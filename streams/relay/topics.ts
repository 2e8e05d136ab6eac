/** The topics: their names, how many partitions each has, and how long it keeps what. */

const DAY_MILLIS = 86_400_000

export type Topic = Readonly<{
  name: string
  /** Never changed for a topic that is there: a key would move to another partition, and its order be lost. */
  partitions: number
  /** Counted from publishing. Null: for ever. */
  retentionMillis: number | null
  /** Only the latest message of a key is kept, for ever. */
  compacted: boolean
}>

const topic = (name: string, partitions: number, retentionDays: number | null): Topic => ({
  name,
  partitions,
  retentionMillis: retentionDays === null ? null : retentionDays * DAY_MILLIS,
  compacted: false,
})
const latest = (name: string): Topic => ({ name, partitions: 1, retentionMillis: null, compacted: true })

/** Every event. Key: the stream. */
export const EVENTS = topic('events.v1', 6, 30)
/** What each model wants to hold. Key: the model. */
export const PREDICTIONS = topic('predictions.v1', 6, 7)
/** What monitors measured. Key: the model. */
export const DRIFT = topic('drift.v1', 3, 30)
/** What a person should look at. Key: the model or processor. */
export const ALERTS = topic('alerts.v1', 1, 90)
/** What the gate said, who signed, what was promoted. One partition: decisions have one order. Key: the stream. */
export const DECISIONS = topic('decisions.v1', 1, null)
/** What each model may use now. Key: the model. */
export const CAPITAL = latest('capital.v1')
/** Which file is in force under each name. Key: the model. */
export const MODELS = latest('models.v1')

export const TOPICS = [EVENTS, PREDICTIONS, DRIFT, ALERTS, DECISIONS, CAPITAL, MODELS] as const

/** Nothing is written to it: offsets that are committed for it say how far the log is published. */
export const CURSOR = topic('relay.v1', 1, null)

/** A batch of one partition, and so a message, may have so many bytes. */
export const MAX_BATCH_BYTES = 16 * 1024 * 1024
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024
