/** What an OMS does with a message: act, wait for what the message rests on, or refuse it with the reason. Pure: no broker, no clock. */
import type { Position } from '../../schemas/envelope.ts'
import type { Digest } from '../../schemas/kernel/canonical.ts'
import { nameProblem } from '../../schemas/kernel/name.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Capital, Model, Prediction } from '../../schemas/topics/oms.ts'
import { type Account, filled, type Order, ordersFor } from './orders.ts'

export const REFUSALS = {
  'other-log': 'It is of a log that this OMS does not follow.',
  broken:
    'It does not keep its contract: a name, position, session, weight or fraction that is none, or an instrument twice.',
  repeated: 'Its position is not beyond the last one of its partition: it was seen, or comes out of order.',
  backfilled: 'It was made too late to be acted on.',
  stale: 'The close at which it was to be traded is over.',
  'not-in-force': 'Another promotion of the model is in force.',
  'unknown-digest': 'The file that it names is not the one in force.',
  'older-session': 'A later session of the model was acted on.',
} as const
export type Refused = keyof typeof REFUSALS

export type Verdict =
  | Readonly<{ kind: 'act'; orders: readonly Order[] }>
  | Readonly<{ kind: 'refuse'; why: Refused }>
  /** The message that says so has not come yet, on a topic that goes on by itself. */
  | Readonly<{ kind: 'wait'; for: 'model' | 'capital'; position: Position }>

/** Where a message was read. */
export type Origin = Readonly<{ log: Digest; topic: string; partition: number }>

export type OmsOptions = Readonly<{
  log: Digest
  account: (model: string) => Omit<Account, 'held'>
}>

/** What has to be kept, in one piece with the orders that were sent. */
export type OmsState = Readonly<{
  /** The greatest position that was acted on, by topic and partition: what is refused may say any. */
  seen: Readonly<Record<string, Position>>
  /** Shares, by model and instrument. */
  held: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** The latest prediction that was acted on, by model. */
  acted: Readonly<Record<string, Prediction>>
}>

/** All that it knows: none of it is changed, each message leads to another one. */
type Known = Readonly<{
  models: ReadonlyMap<string, Model>
  capital: ReadonlyMap<string, Capital>
  state: OmsState
}>

export class Oms {
  readonly #options: OmsOptions
  #known: Known
  #before: Known

  constructor(options: OmsOptions, state: OmsState = { seen: {}, held: {}, acted: {} }) {
    this.#options = options
    this.#known = { models: new Map(), capital: new Map(), state }
    this.#before = this.#known
  }

  get state(): OmsState {
    return this.#known.state
  }

  /** Takes the last message for one that was not heard: its orders could not be sent or kept, and it comes again. */
  takeBack(): void {
    this.#known = this.#before
  }

  /** Which file is in force from here on. The topic is read from its beginning at each start. */
  model(message: Model, log: Digest): Verdict {
    this.#before = this.#known
    if (log !== this.#options.log) return { kind: 'refuse', why: 'other-log' }
    if (!isPosition(message.promotion)) return { kind: 'refuse', why: 'broken' }
    const { models } = this.#known
    if (message.promotion >= (models.get(message.model)?.promotion ?? 0))
      this.#known = { ...this.#known, models: new Map(models).set(message.model, message) }
    return { kind: 'act', orders: [] }
  }

  /** What a model may use from here on: where it is less, what is held is cut at once, if there is time. */
  capital(message: Capital, log: Digest, now: Micros): Verdict {
    this.#before = this.#known
    if (log !== this.#options.log) return { kind: 'refuse', why: 'other-log' }
    const { model, envelope } = message
    if (!isWholeCapital(message)) return { kind: 'refuse', why: 'broken' }
    const known = this.#known.capital.get(model)
    if (known !== undefined && envelope.position <= known.envelope.position)
      return { kind: 'refuse', why: 'repeated' }
    this.#known = { ...this.#known, capital: new Map(this.#known.capital).set(model, message) }
    const latest = this.state.acted[model]
    const isOlder = latest === undefined || envelope.position < latest.envelope.position
    if (isOlder || message.fraction >= latest.capital || !(now < latest.validUntil))
      return { kind: 'act', orders: [] }
    return this.#act(latest, envelope.position)
  }

  /** @param now microseconds since 1970, by the OMS's own clock */
  prediction(message: Prediction, origin: Origin, now: Micros): Verdict {
    this.#before = this.#known
    const { position } = message.envelope
    const place = `${origin.log} ${origin.topic} ${origin.partition}`
    if (origin.log !== this.#options.log) return { kind: 'refuse', why: 'other-log' }
    if (!isWhole(message)) return { kind: 'refuse', why: 'broken' }
    if (position <= (this.state.seen[place] ?? 0)) return { kind: 'refuse', why: 'repeated' }
    // What is over holds up nothing that comes after it.
    const late = lateness(message, now)
    const waits = late === null ? this.#waitsFor(message) : null
    if (waits !== null) return waits
    const why = late ?? this.#objection(message)
    if (why !== null) return { kind: 'refuse', why }
    const { seen, acted } = this.state
    this.#tell({ seen: { ...seen, [place]: position }, acted: { ...acted, [message.model]: message } })
    return this.#act(message, position)
  }

  /** What it rests on is on other topics, which may be behind: it is judged when they have come so far. */
  #waitsFor({ model, promotion, capitalPosition }: Prediction): Verdict | null {
    if ((this.#known.models.get(model)?.promotion ?? 0) < promotion)
      return { kind: 'wait', for: 'model', position: promotion }
    if ((this.#known.capital.get(model)?.envelope.position ?? 0) < capitalPosition)
      return { kind: 'wait', for: 'capital', position: capitalPosition }
    return null
  }

  #objection({ model, promotion, artifact, session }: Prediction): Refused | null {
    const inForce = this.#known.models.get(model)
    if (inForce?.promotion !== promotion) return 'not-in-force'
    if (inForce.artifact !== artifact) return 'unknown-digest'
    return session < (this.state.acted[model]?.session ?? session) ? 'older-session' : null
  }

  /** Never more than was in force when it was made, and never more than is in force now. */
  #act({ model, rows, capital }: Prediction, from: Position): Verdict {
    const fraction = Math.min(capital, this.#known.capital.get(model)?.fraction ?? 0)
    const weights = new Map(rows.map(({ instrument, weight }) => [instrument, weight * fraction]))
    const held = new Map(Object.entries(this.state.held[model] ?? {}))
    const { log, account } = this.#options
    const orders = ordersFor({ log, model, from, weights }, { ...account(model), held })
    this.#tell({ held: { ...this.state.held, [model]: Object.fromEntries(filled(held, orders)) } })
    return { kind: 'act', orders }
  }

  #tell(change: Partial<OmsState>): void {
    this.#known = { ...this.#known, state: { ...this.state, ...change } }
  }
}

function lateness({ backfilled, validUntil }: Prediction, now: Micros): Refused | null {
  if (backfilled) return 'backfilled'
  // Of a clock that says nothing, nothing is in time.
  return now < validUntil ? null : 'stale'
}

/** What Avro lets through and no order may rest on: whoever may write to a topic can write anything of its schema. */
const isPosition = (position: number): boolean => Number.isSafeInteger(position) && position > 0

const isFraction = (fraction: number): boolean => fraction >= 0 && fraction <= 1

const isWholeCapital = ({ model, envelope, fraction }: Capital): boolean =>
  nameProblem(model) === null && isPosition(envelope.position) && isFraction(fraction)

function isWhole({ model, envelope, session, capital, rows }: Prediction): boolean {
  const names = new Set(rows.map(({ instrument }) => instrument))
  return (
    nameProblem(model) === null &&
    isPosition(envelope.position) &&
    Number.isSafeInteger(session) &&
    isFraction(capital) &&
    names.size === rows.length &&
    rows.every(({ weight }) => Number.isFinite(weight))
  )
}
