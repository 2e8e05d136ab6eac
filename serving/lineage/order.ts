/** An order of the OMS by its id, `<log>/<model>/<position>/<instrument>`: the log does not hold it, and says all that it came from. */
import { nameOf, type Place, typeOf } from '../../projections/lineage/places.ts'
import { CAPITAL_CHANGES } from '../../schemas/capital-changes.ts'
import type { Position } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { SessionClosed } from '../../schemas/events/data.ts'
import { PredictionMade } from '../../schemas/events/prediction.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Ground } from './ground.ts'
import { priceAt, type Told } from './rows.ts'

export type OrderThing = Readonly<{
  kind: 'order'
  name: string
  model: string
  instrument: string
  /** The event that it follows from: a prediction, or a change of capital after it. */
  from: Place
  /** The prediction whose weights it trades, and the event that says how much capital there was. */
  prediction: Place
  capital: Place | null
  /** The price that the instrument was marked at when it was decided; null where there was none. */
  price: Readonly<{ dataset: string; told: Told }> | null
}>

/** Null for what is no order id. @throws Refusal `lineage.other-log`, `lineage.no-order` */
export async function orderOf(ground: Ground, text: string): Promise<OrderThing | null> {
  const parts = /^([0-9a-f]{64})\/(.+?)\/(\d{1,15})\/(.+)$/s.exec(text)
  if (parts === null) return null
  const [, log, model, at, instrument] = parts
  if (ground.identity !== null && ground.identity !== log)
    throw refuse('lineage.other-log', { thing: text, log, own: ground.identity })
  const { places } = ground
  const position = Number(at)
  const from = places.at(position)
  const isOfModel = from !== null && nameOf(from.key) === model
  if (!isOfModel || ![PredictionMade.type, ...CAPITAL_CHANGES].includes(typeOf(from.key)))
    throw refuse('lineage.no-order', {
      why: `event ${at} is no prediction of ${model} and no change of its capital`,
    })
  const prediction = latest(ground, PredictionMade.type, model, position + 1)
  if (prediction === null)
    throw refuse('lineage.no-order', { why: `${model} had predicted nothing by event ${at}` })
  const event = await ground.event(places.positionOf(prediction))
  if (!isEvent(PredictionMade, event)) throw new Error('a prediction is one')
  if (
    !event.data.rows.some(({ entity }) => entity === instrument) &&
    !(await wasHeld(ground, prediction, instrument))
  )
    throw refuse('lineage.no-order', {
      why: `the prediction at ${event.position} and those before it weigh no ${instrument}`,
    })
  return {
    ...{ kind: 'order', name: text, model, instrument, from, prediction },
    capital: lastCapital(ground, model, position),
    price: await priceOf(ground, prediction, instrument),
  }
}

function latest({ places }: Ground, type: string, model: string, before: Position): Place | null {
  const key = `${type} ${model}`
  const count = places.countBefore(key, before)
  return count === 0 ? null : { key, index: count - 1 }
}

/** What is held and not named any more is sold: it was named by an earlier prediction. */
async function wasHeld(
  { places, event }: Ground,
  { key, index }: Place,
  instrument: string,
): Promise<boolean> {
  for (let before = index - 1; before >= 0; before--) {
    const found = await event(places.positionOf({ key, index: before }))
    if (isEvent(PredictionMade, found) && found.data.rows.some(({ entity }) => entity === instrument))
      return true
  }
  return false
}

function lastCapital(ground: Ground, model: string, position: Position): Place | null {
  const found = CAPITAL_CHANGES.flatMap((type) => latest(ground, type, model, position + 1) ?? [])
  const { places } = ground
  return found.sort((a, b) => places.positionOf(b) - places.positionOf(a))[0] ?? null
}

async function priceOf(ground: Ground, prediction: Place, entity: string): Promise<OrderThing['price']> {
  const { places } = ground
  const before = places.series(prediction.key).cause[prediction.index]
  const closed = places.at(before)
  if (closed === null || typeOf(closed.key) !== SessionClosed.type) return null
  const dataset = nameOf(closed.key)
  const knownBy = places.series(closed.key).decideAt[closed.index]
  const told = await priceAt(ground, dataset, { entity, knownBy, before })
  return told === null ? null : { dataset, told }
}
