/** Opens the online store of a platform that serves: it is kept at the newest values, and features by entity are read from it. */
import type { Position } from '../../schemas/envelope.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import type { OnlineStore } from '../../streams/features/online/port.ts'
import type { OnlineConfig } from '../config.ts'
import type { Source } from '../feature-store.ts'
import type { Platform } from '../platform.ts'
import { warn } from '../warn.ts'
import { sharedLookup } from './lookup.ts'
import { onlineStoreOf } from './options.ts'
import { publisherOf } from './publisher.ts'

export type OpenOnline = Readonly<{
  /** The platform, whose features by entity are read from the store. */
  platform: Platform
  /** How often an answer came from where: `redis`, or why from the process. */
  answers: ReadonlyMap<'redis' | NonNullable<Source['why']>, number>
  /** Up to where each set is published, `name@version`. */
  published: ReadonlyMap<string, Position>
  close: () => Promise<void>
}>

/** Redis need not be there: then the process answers, and the sets are written when it comes. */
export function openOnline(platform: Platform, config: OnlineConfig): OpenOnline {
  const { log } = platform
  assert(log.seal !== null, 'a log that is served has a seal')
  return openOnlineOver(platform, (onReady) => onlineStoreOf(config, log.seal?.identity ?? '', onReady))
}

const RETRY_MILLIS = 1_000
/** Just after the start it is not connected yet. */
const QUIET_FAILURES = 3

/** @param open a store, and told when it can be reached, first and again */
export function openOnlineOver(platform: Platform, open: (onReady: () => void) => OnlineStore): OpenOnline {
  const { log, chunks, store, moment, lanes } = platform
  const answers = new Map<'redis' | NonNullable<Source['why']>, number>()
  let isOver = false
  let isToldOf = false
  const told = (problem: string | null): void => {
    if (problem !== null && !isToldOf && !isOver)
      warn(`This process answers by entity, and Redis does not: ${problem}`)
    isToldOf = problem !== null
  }
  const online = open(() => {
    told(null)
    // Redis may have come back with nothing.
    publisher.forget()
    publishing()
  })
  const publisher = publisherOf({ log, chunks, store, online, moment, settled: () => lanes.live() })
  let again: NodeJS.Timeout | undefined
  let failures = 0
  const onProblem = (error: unknown): void => {
    if (++failures > QUIET_FAILURES) told(error instanceof Error ? error.message : String(error))
    clearTimeout(again)
    if (!isOver) again = setTimeout(publishing, RETRY_MILLIS).unref()
  }
  const publishing = (): void => {
    publisher.publish().then(() => {
      failures = 0
    }, onProblem)
  }
  // It ends with the log.
  publisher.follow(onProblem).catch(onProblem)
  const lookup = sharedLookup({
    process: store,
    online,
    nowMillis: () => performance.now(),
    onAnswer({ why }, detail) {
      const from = why ?? 'redis'
      answers.set(from, (answers.get(from) ?? 0) + 1)
      if (why === 'away') told(detail)
      if (why === null) told(null)
      if (why === 'differs')
        warn(
          `The features of ${detail} in Redis are not those of the log: run asof online check, then asof online rebuild.`,
        )
    },
  })
  return {
    platform: { ...platform, store: { ...store, lookup: lookup.lookup } },
    answers,
    published: publisher.published,
    async close() {
      isOver = true
      clearTimeout(again)
      await online.close()
    },
  }
}
