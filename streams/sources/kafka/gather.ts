/** Gathers messages of a topic into batches, one for each arrival: full by rows or bytes, or old enough. It knows no broker. */
import type { TakenOffsets } from '../../../schemas/events/intake.ts'
import { sha256 } from '../../../schemas/kernel/canonical.ts'
import { BatchText } from './batch-text.ts'
import { keptOf, type Lines, type Message } from './line.ts'

export type Dead = Readonly<{
  line: number
  reason: string
  why?: string
  text: string
  /** The whole message, in base64. */
  bytes: string
}>

export type Batch = Readonly<{
  partitions: readonly TakenOffsets[]
  /** NDJSON. A message that cannot be read leaves its line empty. */
  text: Buffer
  /** Where each line comes from. */
  linePartition: Float64Array
  lineOffset: Float64Array
  dead: readonly Dead[]
}>

/** Where a partition stands: the offset that comes next, and the last message, by which the topic is known again. */
export type Place = Readonly<{
  next: number
  last: Readonly<{ offset: number; hash: string }> | null
}>

export type Slice = Readonly<{
  partition: number
  messages: readonly Readonly<{ message: Message; lines: Lines }>[]
  /** Where reading goes on behind it: markers of transactions are passed over. */
  to: number
}>

type Options = Readonly<{
  rows: number
  bytes: number
  millis: number
  /** Resolves once the batch is durable. What it throws is final. */
  send: (batch: Batch) => Promise<void>
}>

type Span = { from: number; to: number; messages: number; last: Message }

/** A batch that is being gathered. */
class Gathering {
  readonly text = new BatchText()
  readonly dead: Dead[] = []
  readonly spans = new Map<number, Span>()
  #deadBytes = 0

  get bytes(): number {
    return this.text.length + this.#deadBytes
  }

  add(partition: number, from: number, { message, lines }: Slice['messages'][number]): void {
    const span = this.spans.get(partition) ?? { from, to: from, messages: 0, last: message }
    this.spans.set(partition, span)
    span.to = message.offset + 1
    span.messages++
    span.last = message
    if ('dead' in lines) {
      const { dead: reason, why } = lines
      const kept = keptOf(message.value)
      this.dead.push({
        line: this.text.lines + 1,
        reason,
        ...(why === undefined ? {} : { why }),
        ...kept,
      })
      this.#deadBytes += kept.bytes.length
    }
    this.text.add('dead' in lines ? '' : lines.text, partition, message.offset)
  }

  batch(): Batch {
    const partitions = [...this.spans]
      .sort(([one], [other]) => one - other)
      .map(([partition, { from, to, messages, last }]) => ({
        ...{ partition, from, to, messages },
        ...{ last: last.offset, lastHash: hashOf(last.value) },
      }))
    return { partitions, ...this.text.done(), dead: this.dead }
  }
}

export class Gatherer {
  readonly #options: Options
  readonly #places: Map<number, Place>
  readonly #last = new Map<number, Message>()
  #now = new Gathering()
  #timer: NodeJS.Timeout | null = null
  /** One batch is on its way at a time, while the next one is gathered. */
  #sending: Promise<void> = Promise.resolve()
  #failure: unknown = null
  #isOver = false

  constructor(options: Options, places: Iterable<readonly [number, Place]>) {
    this.#options = options
    this.#places = new Map(places)
  }

  /** Where a partition stands with all that was gathered; undefined for one that is not known yet. */
  place(partition: number): Place | undefined {
    const place = this.#places.get(partition)
    const last = this.#last.get(partition)
    if (place === undefined || last === undefined) return place
    return { next: place.next, last: { offset: last.offset, hash: hashOf(last.value) } }
  }

  /**
   * Takes messages that follow each other, and waits while there is no room for them.
   * @param beat is called now and then meanwhile; what it throws ends the waiting, and what was taken is taken
   */
  async add({ partition, messages, to }: Slice, beat: () => Promise<void>): Promise<void> {
    let next = this.#places.get(partition)?.next
    let last: Message | null = null
    const taken = (): void => {
      if (last === null) return
      this.#places.set(partition, { next: last.offset + 1, last: null })
      this.#last.set(partition, last)
    }
    for (const one of messages) {
      const { offset } = one.message
      // What is delivered again was taken.
      if (next !== undefined && offset < next) continue
      if (this.#isFull()) {
        // Whoever asks meanwhile is told how far it has got.
        taken()
        while (this.#isFull()) await this.#room(beat)
      }
      if (this.#isOver) return
      this.#now.add(partition, next ?? offset, one)
      next = offset + 1
      last = one.message
      this.#timer ??= setTimeout(() => this.#flush(), this.#options.millis)
    }
    taken()
    const span = this.#now.spans.get(partition)
    const place = this.#places.get(partition)
    // Markers of a transaction behind the last message are done with too.
    if (span !== undefined && place !== undefined && to > span.to) {
      span.to = to
      this.#places.set(partition, { ...place, next: to })
    }
    // What is full waits for no message more.
    if (this.#isFull()) void this.#flush()
  }

  /** Nothing more is taken or sent; what is on its way is not called back. */
  end(): void {
    this.#isOver = true
    this.#stopTimer()
  }

  #isFull(): boolean {
    if (this.#failure !== null) throw this.#failure
    const { rows, bytes } = this.#options
    return !this.#isOver && (this.#now.text.lines >= rows || this.#now.bytes >= bytes)
  }

  async #room(beat: () => Promise<void>): Promise<void> {
    const sent = this.#flush()
    let isOver = false
    const waited = sent.finally(() => {
      isOver = true
    })
    waited.catch(() => undefined)
    while (!isOver) {
      await Promise.race([waited.catch(() => undefined), pause(BEAT_MILLIS)])
      if (!isOver) await beat()
    }
  }

  /** Sends what is gathered, behind what is on its way. @returns once it has left, and the next one may be gathered */
  #flush(): Promise<void> {
    this.#stopTimer()
    const gathered = this.#now
    const left = Promise.withResolvers<void>()
    this.#sending = this.#sending.then(async () => {
      // It may have been sent meanwhile by whoever waited before.
      if (gathered !== this.#now || gathered.text.lines === 0 || this.#isOver || this.#failure !== null)
        return left.resolve()
      this.#stopTimer()
      this.#now = new Gathering()
      left.resolve()
      try {
        await this.#options.send(gathered.batch())
      } catch (error) {
        this.#failure ??= error
      }
    })
    return left.promise
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }
}

const BEAT_MILLIS = 1_000

const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis).unref())

export const hashOf = (value: Buffer | null): string => sha256(value ?? Buffer.alloc(0))
