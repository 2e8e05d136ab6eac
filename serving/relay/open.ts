/** Opens the relay of a platform that serves: a thread that publishes, and a schema registry where none is configured. */
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { Position } from '../../schemas/envelope.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import type { KafkaOptions } from '../../streams/relay/kafka/bus.ts'
import type { RelayStatus } from '../../streams/relay/relay.ts'
import { registryOptions } from '../broker-options.ts'
import type { RelayConfig } from '../config.ts'
import type { Platform } from '../platform.ts'
import { warn } from '../warn.ts'
import { kafkaOptions } from './options.ts'
import { openOwnRegistry } from './own-registry.ts'

export type RelayData = Readonly<{ path: string; options: Omit<KafkaOptions, 'kept'> }>
/** How far the log may be published, or that it is over. */
export type ToRelay = Position | 'end'
export type FromRelay = RelayStatus

export type OpenRelay = Readonly<{ status: () => RelayStatus; close: () => Promise<void> }>

const THREAD = new URL('./thread.ts', import.meta.url)
/** Half of it is what an event waits for the relay to be told of it; asking costs two reads of a number. */
const POLL_MILLIS = 5
/**
 * Of memory for what is young. With half of it, which threads have by themselves, more messages outlive it, and all of the memory is searched for
 * them 10 times in 60,000 events, and 4 times with this much.
 */
const YOUNG_MEGABYTES = 96
/** A broker that does not answer holds no start up; what somebody has to mend is known by then. */
const FIRST_MILLIS = 15_000
const END_MILLIS = 5_000
const RESTART_MILLIS = 5_000

/**
 * Publishes what the platform has confirmed, for as long as it is open. A broker that is away is waited for, beside everything else.
 * @throws Refusal `topic.incompatible`, `topic.differs`, `relay.cursor-lost` and the like where that is known at the start
 */
export async function openRelay(platform: Platform, config: RelayConfig): Promise<OpenRelay> {
  const { folder, log } = platform
  assert(log.seal !== null, 'a log that is served has a seal')
  const own = config.registry === undefined ? await openOwnRegistry(folder, config.registryPort) : null
  const registry = own ?? registryOptions(config)
  assert(registry !== null, 'one is served where none is named')
  const { url, auth } = registry
  const data: RelayData = {
    path: folder.root,
    options: kafkaOptions(config, log.seal.identity, { url, auth }),
  }
  const running = runThread(data, () => platform.confirmed())
  const close = async () => {
    await running.end()
    await own?.close()
  }
  await Promise.race([running.first, setTimeout(FIRST_MILLIS, undefined, { ref: false })])
  const { fault } = running.status()
  if (fault === null) return { status: running.status, close }
  await close()
  throw new Refusal(fault)
}

function runThread(workerData: RelayData, confirmed: () => Promise<Position>) {
  const first = Promise.withResolvers<void>()
  let status: RelayStatus = { state: 'connecting', position: 0, reason: null, fault: null, reopened: 0 }
  let worker: Worker
  let isOver = false
  let told: Position = 0

  const tell = (now: RelayStatus): void => {
    if (now.state === 'stopped') warn(`The relay has stopped: ${now.reason}`)
    else if (now.state === 'waiting' && status.state !== 'waiting')
      warn(`The relay waits, and the rest goes on: ${now.reason}`)
    status = now
    if (now.state !== 'connecting') first.resolve()
  }
  const begin = (): void => {
    told = 0
    const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MEGABYTES }
    worker = new Worker(THREAD, { workerData, name: 'asof relay', execArgv: [], resourceLimits })
    worker.on('message', (now: FromRelay) => tell({ ...now, reopened: now.reopened + restarts }))
    worker.on('error', (error) =>
      tell({ ...status, state: 'waiting', reason: `its thread ended: ${error.message}` }),
    )
    worker.on('exit', () => {
      if (isOver || status.state === 'stopped') return
      restarts++
      setTimeout(RESTART_MILLIS, undefined, { ref: false }).then(() => !isOver && begin())
    })
  }
  let restarts = 0
  begin()
  const poll = setInterval(async () => {
    const upTo = await confirmed()
    if (upTo === told) return
    told = upTo
    worker.postMessage(upTo satisfies ToRelay)
  }, POLL_MILLIS).unref()

  return {
    first: first.promise,
    status: () => status,
    async end() {
      isOver = true
      clearInterval(poll)
      const ended = once(worker, 'exit')
      worker.postMessage('end' satisfies ToRelay)
      await Promise.race([ended, setTimeout(END_MILLIS, undefined, { ref: false })])
      await worker.terminate()
    },
  }
}
