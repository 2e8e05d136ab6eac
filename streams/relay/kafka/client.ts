/** A client of Kafka, as every part of the relay has it. */
import { Kafka, logLevel, type SASLOptions } from 'kafkajs'

export type BrokerOptions = Readonly<{
  /** `host:port` each. */
  brokers: readonly string[]
  ssl?: boolean | Readonly<{ ca?: string; cert?: string; key?: string }>
  sasl?: Readonly<{
    mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    username: string
    password: string
  }>
}>

const REQUEST_MILLIS = 10_000
const CONNECTION_MILLIS = 3_000

/**
 * A client that gives up soon: whoever uses it begins anew with another one. One that met a topic which was deleted later fails for
 * every topic, for ever.
 */
export const kafkaClient = ({ brokers, ssl, sasl }: BrokerOptions, clientId: string): Kafka =>
  new Kafka({
    clientId,
    brokers: [...brokers],
    ...(ssl !== undefined && { ssl }),
    ...(sasl !== undefined && { sasl: sasl as SASLOptions }),
    // What fails is told by whoever asked.
    logLevel: logLevel.NOTHING,
    requestTimeout: REQUEST_MILLIS,
    connectionTimeout: CONNECTION_MILLIS,
    retry: { initialRetryTime: 100, retries: 5, maxRetryTime: 2_000 },
  })

/** @throws Error where the work takes longer; the work itself is not ended by that */
export async function within<T>(millis: number, what: string, work: Promise<T>): Promise<T> {
  // Nobody waits for it any more once the time is over.
  work.catch(() => undefined)
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${millis / 1000} s`)), millis)
  })
  try {
    return await Promise.race([work, over])
  } finally {
    clearTimeout(timer)
  }
}

/** Why brokers do not give a topic, as a person is told it. */
export function brokerProblem(error: unknown, topic: string): string {
  if (!(error instanceof Error)) return String(error)
  // What was tried again and again has the first failure as its cause.
  const { cause = error } = error
  const isUnknown = [error, cause].some(
    (one) => (one as { type?: unknown }).type === 'UNKNOWN_TOPIC_OR_PARTITION',
  )
  return isUnknown ? `the brokers have no topic ${topic}` : error.message
}
