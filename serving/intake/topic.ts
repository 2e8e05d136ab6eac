/** One topic that a data set comes from: its batches are recorded one after the other, and its reader told where the log stands. */
import { rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { Refusal } from '../../schemas/kernel/fault.ts'
import type { Standing, TopicOptions, TopicStatus } from '../../streams/sources/kafka/reading.ts'
import type { Platform } from '../platform.ts'
import { warn } from '../warn.ts'
import { recordBatch, type SpooledBatch } from './record.ts'
import { standingOf, topicState } from './standing.ts'

/** Who records what nobody in particular brought. */
const ACTOR = 'asof'
const PAUSES_MILLIS = [1_000, 2_000, 5_000, 15_000, 60_000]
/** The log says otherwise than the reader has it: it begins anew where the log stands. */
const ELSEWHERE = ['data.offsets-taken', 'intake.other-cluster']

type Told = Readonly<{ taken: () => void; anew: (standing: Standing) => void }>

export class IntakeTopic {
  readonly options: TopicOptions
  readonly #platform: Platform
  readonly #tell: Told
  #status: TopicStatus = { state: 'connecting', lag: null, reason: null, fault: null }
  /** Why the last batch is not recorded yet; null while nothing is wrong. */
  #stuck: string | null = null
  #working: Promise<void> = Promise.resolve()
  #isWorking = false
  #isOver = false
  /** Where the reader goes on, as far as it was told. */
  #known = ''

  constructor(platform: Platform, options: TopicOptions, tell: Told) {
    this.#platform = platform
    this.options = options
    this.#tell = tell
  }

  get status(): TopicStatus {
    if (this.#stuck === null || this.#status.state === 'stopped') return this.#status
    return { ...this.#status, state: 'waiting', reason: this.#stuck }
  }

  onStatus(status: TopicStatus): void {
    const { topic } = this.options
    if (status.state === 'stopped') warn(`Topic ${topic} is no longer read: ${status.reason}`)
    else if (status.state === 'waiting' && this.#status.state !== 'waiting')
      warn(`Topic ${topic} is waited for, and the rest goes on: ${status.reason}`)
    this.#status = status
  }

  /** Where the log stands; the reader goes on there. */
  async standing(): Promise<Standing> {
    await this.#working
    const standing = await this.#inLog()
    this.#known = textOf(standing)
    return standing
  }

  async #inLog(): Promise<Standing> {
    const { topic, spec } = this.options
    return standingOf(await topicState(this.#platform, { dataset: spec.dataset, topic }))
  }

  onBatch(batch: SpooledBatch): void {
    this.#isWorking = true
    this.#working = this.#working
      .then(() => this.#record(batch))
      .finally(() => {
        this.#isWorking = false
        rmSync(batch.path, { force: true })
      })
  }

  /** Whether somebody moved it meanwhile: the reader begins anew there. */
  async look(): Promise<void> {
    if (this.#isWorking || this.#isOver) return
    const standing = await this.#inLog()
    if (this.#isWorking || textOf(standing) === this.#known) return
    this.#known = textOf(standing)
    this.#tell.anew(standing)
  }

  async close(): Promise<void> {
    this.#isOver = true
    await this.#working
  }

  async #record(batch: SpooledBatch): Promise<void> {
    const { spec, topic } = this.options
    for (let failures = 0; !this.#isOver; failures++) {
      try {
        await recordBatch(this.#platform, { spec, topic, actor: ACTOR }, batch)
        this.#stuck = null
        this.#known = textOf(await this.#inLog())
        this.#tell.taken()
        return
      } catch (error) {
        if (error instanceof Refusal && ELSEWHERE.includes(error.fault.code)) {
          const standing = await this.#inLog()
          this.#known = textOf(standing)
          return this.#tell.anew(standing)
        }
        const reason = error instanceof Error ? error.message : String(error)
        if (this.#stuck !== reason) warn(`A batch of ${topic} is not recorded yet: ${reason}`)
        this.#stuck = reason
        const millis = PAUSES_MILLIS[Math.min(failures, PAUSES_MILLIS.length - 1)]
        for (let waited = 0; waited < millis && !this.#isOver; waited += STEP_MILLIS)
          await setTimeout(STEP_MILLIS, undefined, { ref: false })
      }
    }
  }
}

const STEP_MILLIS = 250

const textOf = ({ cluster, partitions }: Standing): string =>
  JSON.stringify([cluster, partitions.map(([partition, { next }]) => [partition, next])])
