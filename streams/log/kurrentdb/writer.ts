/**
 * Appends to the server's stream behind the event that this folder's copy ends with, so that whatever was decided was decided on all that is
 * there. Who comes second takes in what came before, and looks again. An append is answered when the server has acknowledged it.
 */
import { setTimeout as after } from 'node:timers/promises'
import type { AppendBatch, Position } from '../../../schemas/envelope.ts'
import { type Fault, fault, Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import { type Answer, GroupPlan, type Planned } from '../group.ts'
import { recordedAtFor } from '../recorded-at.ts'
import type { StoredBatch } from '../stored.ts'
import type { LogWriter, WriterParts } from '../writer.ts'
import { eventsOf, idOf } from './event.ts'
import type { Mirror } from './mirror.ts'
import type { Kept, LogServer, NewEvent } from './server.ts'

type Pending = Planned & Readonly<{ resolve: (answer: Answer) => void; reject: (reason: unknown) => void }>

type Patience = (error: unknown) => Promise<void>

export type RemoteParts = WriterParts &
  Readonly<{
    server: LogServer
    mirror: Mirror
    /** Of this opening of the log, among all that write to the stream: 16 hexadecimal digits. */
    name: string
    /** How long a server that is away is waited for. */
    patienceMillis?: number | undefined
  }>

/** What servers take in one append unless they are told otherwise is 1 MiB up to 25.0, and more after. */
const GROUP_BYTES = 768 * 1024
/** About what an event's metadata take. */
const METADATA_BYTES = 512
const PATIENCE_MILLIS = 60_000
/** How soon what another machine appended is seen here at the latest. */
const LOOK_MILLIS = 50
const [FIRST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS] = [50, 2_000]

export class RemoteWriter implements LogWriter {
  readonly #parts: RemoteParts
  readonly #pending: Pending[] = []
  #working: Promise<void> | null = null
  #refusal: Fault | null = null
  #looking: NodeJS.Timeout | undefined
  #looked: Promise<void> = Promise.resolve()

  constructor(parts: RemoteParts) {
    this.#parts = parts
    this.#look()
  }

  get durableTo(): Position {
    return this.#parts.mirror.position
  }

  async append(batch: AppendBatch): Promise<Answer> {
    this.#assertAccepting()
    const events = this.#parts.codec.encode(batch)
    return new Promise((resolve, reject) => {
      this.#pending.push({ batch, events, resolve, reject })
      this.#working ??= this.#work()
    })
  }

  /** What is in the copy was acknowledged by the server; what is not has not been answered. */
  async durable(): Promise<void> {
    if (this.#working !== null) await this.#working
    this.#assertAccepting()
  }

  async close(): Promise<void> {
    while (this.#working !== null) await this.#working
    this.#refusal ??= fault('log.closed')
    clearTimeout(this.#looking)
    await this.#looked
    await this.#parts.chunks?.sync().catch(() => undefined)
    await this.#parts.mirror.close()
    await this.#parts.server.close()
  }

  #assertAccepting(): void {
    if (this.#refusal !== null) throw new Refusal(this.#refusal)
  }

  /**
   * Looks now and then whether another machine has appended. A subscription would bring back every event that was appended here: it took longer than
   * all the rest of an append. Whoever appends learns of others by their place anyway.
   */
  #look(): void {
    this.#looking = setTimeout(() => {
      this.#looked = this.#lookOnce().then(() => {
        if (this.#refusal === null) this.#look()
      })
    }, LOOK_MILLIS).unref()
  }

  async #lookOnce(): Promise<void> {
    if (this.#working !== null) return
    const { mirror, server } = this.#parts
    try {
      const last = await server.last()
      if (last !== null && last.revision >= mirror.position) await mirror.catchUp()
    } catch (error) {
      // A server that is away is looked for again; whoever appends does not wait for it for ever.
      if (!isAway(error)) this.#fail(error)
    }
  }

  async #work(): Promise<void> {
    // Appends of one tick are one append of the server's.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#pending.length > 0) {
      const group = this.#pending.splice(0, groupLength(this.#pending))
      try {
        this.#assertAccepting()
        await this.#append(group)
      } catch (error) {
        this.#fail(error)
        for (const { reject } of group) reject(error)
      }
    }
    this.#working = null
  }

  async #append(group: readonly Pending[]): Promise<void> {
    const { mirror, chunks } = this.#parts
    /** What was sent before and may have been kept: its answer is not that somebody else had done it. */
    const sent = new Map<string, StoredBatch>()
    const patience = this.#patience()
    for (let looked = false; ; ) {
      const plan = this.#plan(group)
      if (plan === null) return
      // A copy that is behind may know less of the stream than whoever decided.
      if (!looked && plan.answers.some((answer) => !(answer instanceof Refusal) && !answer.ok)) {
        looked = true
        await this.#catchUp()
        continue
      }
      if (plan.batches.length > 0) {
        // What stands there names no chunk that could be lost.
        await chunks?.sync()
        for (const batch of plan.batches) sent.set(batch.commandId, batch)
        const kept = await this.#send(plan.batches, plan.after, patience)
        if (kept === 'behind') {
          await this.#catchUp()
          continue
        }
        if (kept !== 'kept') return this.#tooLarge(group, plan.batches, kept.mostBytes)
        mirror.take(plan.batches)
      }
      for (const { commandId } of plan.batches) sent.delete(commandId)
      for (const [index, { batch, resolve, reject }] of group.entries()) {
        const answer = plan.answers[index]
        if (answer instanceof Refusal) reject(answer)
        else resolve((await this.#isOwn(answer, sent.get(batch.commandId))) ? own(answer) : answer)
        sent.delete(batch.commandId)
      }
      return
    }
  }

  /** Null where the clock is not believed, and everybody has been told. */
  #plan(group: readonly Pending[]) {
    const { store, clock, clockTrustedUntil } = this.#parts
    const tail = store.tail()
    const recorded = recordedAtFor(clock.nowMicros(), tail, clockTrustedUntil)
    if ('fault' in recorded) {
      for (const { reject } of group) reject(new Refusal(recorded.fault))
      return null
    }
    const plan = new GroupPlan(store, recorded.at)
    const answers = group.map((pending) => plan.add(pending))
    return { answers, batches: plan.batches, after: tail.position - 1 }
  }

  /** Whether an append that stands there already is the one that was sent from here, whose answer was lost: the server says who wrote it. */
  async #isOwn(answer: Answer, sent: StoredBatch | undefined): Promise<boolean> {
    if (!answer.ok || !answer.value.repeated || sent === undefined) return false
    const { position } = answer.value
    const last = sent.events.at(-1)
    if (last?.position !== position) return false
    const [there] = await this.#parts.server.page(position - 1, 1).catch(() => [])
    return there?.id === idOf(last.leaf, this.#parts.name)
  }

  /** Where no answer comes it may have been kept all the same: what the server has says so. */
  async #send(batches: readonly StoredBatch[], after: number, patience: Patience): Promise<Kept> {
    try {
      return await this.#parts.server.append(this.#eventsOf(batches), after)
    } catch (error) {
      await patience(error)
      return 'behind'
    }
  }

  async #catchUp(): Promise<void> {
    const patience = this.#patience()
    for (;;) {
      try {
        return await this.#parts.mirror.catchUp()
      } catch (error) {
        await patience(error)
      }
    }
  }

  /** Waits a moment after each failure, longer each time, as long as a server that is away is waited for; then it throws the failure. */
  #patience(): Patience {
    const until = performance.now() + (this.#parts.patienceMillis ?? PATIENCE_MILLIS)
    let pause = FIRST_PAUSE_MILLIS
    return async (error) => {
      if (!isAway(error) || performance.now() > until) throw error
      await after(pause)
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)
    }
  }

  /** Of a group each is sent by itself; one that is too large alone is refused, and nothing of it is there. */
  async #tooLarge(group: readonly Pending[], batches: readonly StoredBatch[], most: number): Promise<void> {
    if (group.length > 1) {
      for (const one of group) await this.#append([one])
      return
    }
    const [{ batch, reject }] = group
    const bytes = this.#eventsOf(batches).reduce(
      (sum, { data, metadata }) => sum + data.length + metadata.length,
      0,
    )
    const { commandId, events } = batch
    reject(refuse('log.batch-too-large', { commandId, events: events.length, bytes, most }))
  }

  #eventsOf(batches: readonly StoredBatch[]): NewEvent[] {
    return batches.flatMap((batch) => eventsOf(batch, this.#parts.name))
  }

  #fail(error: unknown): void {
    this.#refusal ??= error instanceof Refusal ? error.fault : faultOf(error)
  }
}

const isAway = (error: unknown): boolean => error instanceof Refusal && error.fault.code === 'log.server-away'

const own = (answer: Answer): Answer =>
  answer.ok ? { ok: true, value: { ...answer.value, repeated: false } } : answer

const faultOf = (error: unknown): Fault =>
  fault('log.failed', { folder: 'the copy', problem: error instanceof Error ? error.message : String(error) })

/** How many of those that wait fit into one append; one at least. */
function groupLength(pending: readonly Pending[]): number {
  let bytes = 0
  for (const [index, { events }] of pending.entries()) {
    bytes += events.reduce((sum, { data }) => sum + data.length + METADATA_BYTES, 0)
    if (bytes > GROUP_BYTES && index > 0) return index
  }
  return pending.length
}
