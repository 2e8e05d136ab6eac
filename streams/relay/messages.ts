/** From an event to the messages that say it: which topic, which key, which bytes. It decides nothing and knows no broker. */
import { CAPITAL_CHANGES } from '../../schemas/capital-changes.ts'
import type { Position, Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { SessionClosed } from '../../schemas/events/data.ts'
import { Halted } from '../../schemas/events/halt.ts'
import { Promoted, Retired } from '../../schemas/events/model.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { assert } from '../../schemas/kernel/assert.ts'
import { type Digest, sha256 } from '../../schemas/kernel/canonical.ts'
import { formatMoment, type Micros } from '../../schemas/kernel/time.ts'
import { isForeign } from '../../schemas/reaction.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { envelopeOf, type MessageDefinition, recordedMessage } from '../../schemas/topics/message.ts'
import { Alert, Capital, Elsewhere, Model, Prediction } from '../../schemas/topics/oms.ts'
import { alertIn } from './alerts.ts'
import type { Message, Standings } from './ports.ts'
import {
  ALERTS,
  CAPITAL,
  DECISIONS,
  DRIFT,
  EVENTS,
  MAX_MESSAGE_BYTES,
  MODELS,
  PREDICTIONS,
  type Topic,
} from './topics.ts'

const RECORDED: ReadonlyMap<string, MessageDefinition<Recorded>> = new Map(
  [...REGISTRY.values()].map((definition) => [definition.type, recordedMessage(definition)]),
)

/** Every schema that messages are written with. */
export const SCHEMAS: readonly Pick<MessageDefinition, 'subject' | 'schema'>[] = [
  ...RECORDED.values(),
  Prediction,
  Capital,
  Model,
  Alert,
  Elsewhere,
]

/** Events that monitors and committees follow by themselves, besides their place among all events. */
const ALSO: readonly [topic: Topic, types: RegExp][] = [
  [DRIFT, /^drift\./],
  [DECISIONS, /^(?:approval|model|capital|access)\.|^processor\.Waived$/],
]

const also = new Map<string, readonly Topic[]>()

function alsoOn(type: string): readonly Topic[] {
  const known = also.get(type)
  if (known !== undefined) return known
  const topics = ALSO.filter(([, types]) => types.test(type)).map(([topic]) => topic)
  also.set(type, topics)
  return topics
}

/** Follows the log, and says each event as messages. The same log gives the same messages, wherever it begins. */
export class Translator {
  readonly #standings: Standings
  readonly #handles: ReadonlySet<string>
  readonly #log: Digest
  readonly #mostBytes: number
  /** When the session that an event closed is to be traded. Answers follow soon, so that only the latest are kept. */
  readonly #closings = new Map<Position, Micros>()

  /** @param mostBytes what a message may have: one that is larger is told of in its place */
  constructor(log: Digest, standings: Standings, mostBytes = MAX_MESSAGE_BYTES) {
    this.#log = log
    this.#mostBytes = mostBytes
    this.#standings = standings
    this.#handles = new Set([...standings.handles, SessionClosed.type])
  }

  /** The types of events that have to be taken in before the first one that is said. */
  get handles(): readonly string[] {
    return [...this.#handles]
  }

  /** Takes in an event that was said before. */
  async take(event: Recorded): Promise<void> {
    if (isForeign(event)) return
    if (isEvent(SessionClosed, event)) this.#close(event.position, event.data.tradeAt)
    if (this.#standings.handles.includes(event.type)) await this.#standings.take(event)
  }

  /**
   * Takes in an event, and says it, at most once on each topic. One in the name of a processor that did not say it is passed
   * over, as by every reader.
   * @param schemaId the id of the schema of a subject
   */
  async say(event: Recorded, schemaId: (subject: string) => number): Promise<readonly Message[]> {
    if (isForeign(event)) return []
    if (this.#handles.has(event.type)) await this.take(event)
    const said: Message[] = []
    const message = <T>(topic: Topic, key: string, definition: MessageDefinition<T>, value: T): void => {
      const whole = definition.framed(schemaId(definition.subject), value)
      const bytes =
        whole.length > this.#mostBytes
          ? Elsewhere.framed(schemaId(Elsewhere.subject), elsewhereOf(event, whole.length))
          : whole
      const headers = headersOf(event, this.#log, topic)
      said.push({ topic: topic.name, key, value: bytes, headers })
    }
    const recorded = RECORDED.get(event.type)
    assert(recorded !== undefined, `${event.type} is registered`)
    message(EVENTS, event.stream, recorded, event)
    for (const topic of alsoOn(event.type))
      message(topic, topic === DRIFT ? (modelIn(event) ?? event.stream) : event.stream, recorded, event)
    const model = modelIn(event)
    let capital: Capital | null = null
    if (model !== null) {
      const own = this.#ofModel(event, model)
      capital = own.capital
      if (own.capital !== null) message(CAPITAL, model, Capital, own.capital)
      if (own.model !== null) message(MODELS, model, Model, own.model)
      if (isEvent(Retired, event) && this.#standings.retiredAt(model) === event.position)
        said.push({
          topic: MODELS.name,
          key: model,
          value: null,
          headers: headersOf(event, this.#log, MODELS),
        })
      if (own.prediction !== null) message(PREDICTIONS, model, Prediction, own.prediction)
    }
    const alert = alertIn(event)
    if (alert !== null && (event.type !== Halted.type || capital !== null))
      message(ALERTS, alert.about, Alert, { ...alert, envelope: envelopeOf(event) })
    return said
  }

  #ofModel(event: Recorded, model: string) {
    return {
      capital: this.#capital(event, model),
      model: this.#model(event, model),
      prediction: this.#prediction(event),
    }
  }

  #capital(event: Recorded, model: string): Capital | null {
    if (!CAPITAL_CHANGES.includes(event.type)) return null
    const now = this.#standings.capital(model)
    // A review or a halt that does not hold changed nothing, nor does the first signature of two.
    if (now?.position !== event.position) return null
    const { position: _, haltedBy, ...said } = now
    return { envelope: envelopeOf(event), model, ...said, haltedBy: [...haltedBy] }
  }

  #model(event: Recorded, model: string): Model | null {
    if (!isEvent(Promoted, event)) return null
    const live = this.#standings.inForce(model)
    if (live?.promotion !== event.position) return null
    const { report, policyVersion } = event.data
    const { approvals, ...rest } = live
    return { envelope: envelopeOf(event), model, ...rest, approvals: [...approvals], report, policyVersion }
  }

  #prediction(event: Recorded): Prediction | null {
    if (!isEvent(PredictionMade, event)) return null
    const { model, artifact, promotion, features, featureHash, session, backfilled, rows } = event.data
    const live = this.#standings.inForce(model)
    const capital = this.#standings.capital(model)
    // An answer that was confirmed was made by the model in force.
    if (live?.promotion !== promotion || live.artifact !== artifact || capital === null) return null
    return {
      envelope: envelopeOf(event),
      ...{ model, artifact, promotion, run: live.run, approvals: [...live.approvals], dataset: live.dataset },
      ...{ features, featureHash, session, backfilled },
      // Of what closed long ago nobody knows when it is traded: it counts as over.
      validUntil: this.#closings.get(features) ?? event.knownAt,
      capital: capital.fraction,
      capitalPosition: capital.position,
      rows: rows.map(({ entity, score, target, weight }) => ({
        instrument: entity,
        ...{ score, target, weight },
        scaledWeight: weight * capital.fraction,
      })),
    }
  }

  #close(position: Position, tradeAt: Micros): void {
    this.#closings.set(position, tradeAt)
    for (const old of this.#closings.keys()) {
      if (this.#closings.size <= CLOSINGS) break
      this.#closings.delete(old)
    }
  }
}

/** Far more data sets than close a session before the first of their predictions follows. */
const CLOSINGS = 4_096

function modelIn({ data }: Recorded): string | null {
  const { model } = data as { model?: unknown }
  return typeof model === 'string' ? model : null
}

/** Whoever reads the events over HTTP has no limit on one of them. */
function elsewhereOf(event: Recorded, bytes: number): Elsewhere {
  const data = REGISTRY.get(event.type)?.avro.toBuffer(event.data) ?? new Uint8Array()
  const path = `/api/v1/events?from=${event.position}&limit=1`
  return { envelope: envelopeOf(event), bytes, dataHash: sha256(data), path }
}

/** CloudEvents in binary mode, and what a consumer drops by what it has seen. */
function headersOf(event: Recorded, log: Digest, topic: Topic): Message['headers'] {
  return {
    'asof-log': log,
    'asof-position': String(event.position),
    'asof-event-id': event.id,
    ce_specversion: '1.0',
    // One event may be said on several topics, each time in other words.
    ce_id: event.id,
    ce_source: `/asof/log/${log}/${topic.name}`,
    ce_type: event.type,
    ce_time: formatMoment(event.eventTime),
    ce_subject: event.stream,
    'content-type': 'application/avro',
  }
}
