/** A lane that one machine of several works: here while this one holds its lease, and followed from afar while another one does. */
import type { Position } from '../../schemas/envelope.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Lease } from '../../streams/log/kurrentdb/lease.ts'
import type { EventLog } from '../../streams/log/port.ts'
import type { Lane } from '../lanes/lane.ts'
import type { LaneName } from '../lanes/names.ts'
import { warn } from '../warn.ts'
import { positionIn, progressOf } from './progress.ts'

type Parts = Readonly<{
  lane: LaneName
  lease: Lease
  log: EventLog
  /** Makes the lane here; null for a machine that never works it. */
  open: (() => Lane) | null
  leaseMillis: number
}>

/** How soon others are told how far the lane has got. */
const TELL_MILLIS = 25

type Waiting = Readonly<{ position: Position; resolve: () => void; reject: (error: unknown) => void }>

export class LeasedLane implements Lane {
  readonly #parts: Parts
  #own: Lane | null = null
  /** How far another machine has got with it, as far as this one has that part of the log. */
  #elsewhere: Position = 0
  #toldPosition: Position = 0
  #toldAtMillis = Number.NEGATIVE_INFINITY
  #waiting: Waiting[] = []
  #isClosed = false
  #failure: Readonly<{ error: unknown }> | null = null
  readonly #running: Promise<void>

  constructor(parts: Parts) {
    this.#parts = parts
    this.#running = this.#run()
  }

  get position(): Position {
    return Math.max(this.#own?.position ?? 0, this.#elsewhere)
  }

  /** Whether it is worked here. */
  get isHere(): boolean {
    return this.#own !== null
  }

  async drain(): Promise<Position> {
    if (this.#own !== null) return this.#own.drain()
    await this.passed((await this.#parts.log.head()).position)
    return this.position
  }

  async passed(position: Position): Promise<void> {
    if (this.position >= position) return
    if (this.#own !== null) return this.#own.passed(position)
    if (this.#failure !== null) throw this.#failure.error
    if (this.#isClosed) throw refuse('log.closed')
    await new Promise<void>((resolve, reject) => this.#waiting.push({ position, resolve, reject }))
  }

  expect(events: Parameters<Lane['expect']>[0]): void {
    this.#own?.expect(events)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#running
    this.#end(refuse('log.closed'))
    const { lease, log, lane } = this.#parts
    const own = this.#own
    await own?.close()
    await lease.close(own === null ? null : await progressOf(log, lane, own.position))
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await (this.#own === null ? this.#follow() : this.#hold(this.#own))
      } catch (error) {
        // The log itself says when its server is away for too long.
        if (!isAway(error)) {
          this.#failure = { error }
          this.#end(error)
          return
        }
      }
      await new Promise((resolve) => setTimeout(resolve, TELL_MILLIS))
    }
  }

  /** Listens to who works it, and takes it over where nobody does. */
  async #follow(): Promise<void> {
    const { lane, lease, log, open } = this.#parts
    const { told } = lease
    if (told !== null && log.durableTo >= told.head)
      this.#elsewhere = Math.max(this.#elsewhere, await positionIn(log, lane, told))
    this.#wake()
    if (open === null || !(await lease.take(await progressOf(log, lane, this.#elsewhere)))) return
    if (told !== null && !told.released)
      warn(`The ${lane} lane of ${told.node} is worked here now: nothing was heard of it.`)
    this.#own = open()
    for (const { position, resolve, reject } of this.#waiting.splice(0))
      this.#own.passed(position).then(resolve, reject)
    this.#work(this.#own)
  }

  /** Says that it is worked here, and how far it has got. */
  async #hold(own: Lane): Promise<void> {
    const { lane, lease, log, leaseMillis } = this.#parts
    const { position } = own
    const isDue = performance.now() - this.#toldAtMillis > leaseMillis / 4
    if (!isDue && position === this.#toldPosition) return
    this.#toldAtMillis = performance.now()
    this.#toldPosition = position
    if ((await lease.renew(await progressOf(log, lane, position))) || lease.isHeld) return
    warn(`The ${lane} lane is worked by ${lease.told?.node ?? 'another machine'} now.`)
    this.#own = null
    await own.close()
  }

  /** Works off what the log has, and what comes. */
  #work(own: Lane): void {
    own.drain().catch((error) => {
      if (!this.#isClosed) warn(`The ${this.#parts.lane} lane has stopped: ${String(error)}`)
    })
  }

  #wake(): void {
    for (const { resolve } of this.#waiting.filter(({ position }) => position <= this.position)) resolve()
    this.#waiting = this.#waiting.filter(({ position }) => position > this.position)
  }

  #end(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

const isAway = (error: unknown): boolean =>
  error instanceof Error && 'fault' in error && (error.fault as { code: string }).code === 'log.server-away'
