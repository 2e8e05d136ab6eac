/** An OMS on the topics of a platform: models and capital from their beginning, predictions from where it left off. */
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { Capital, Model, Prediction } from '../../schemas/topics/oms.ts'
import { type ReaderOptions, readTopic } from '../../streams/relay/kafka/reader.ts'
import { CAPITAL, MODELS, PREDICTIONS } from '../../streams/relay/topics.ts'
import { type Oms, REFUSALS, type Verdict } from './oms.ts'
import type { Order } from './orders.ts'

export type Heard = Readonly<
  | { kind: 'orders'; position: number; orders: readonly Order[] }
  | { kind: 'refused'; position: number; why: string; text: string }
>

/** Two of one `group` share the work, and only one of them may run. */
export type OmsRun = ReaderOptions &
  Readonly<{
    oms: Oms
    now: () => Micros
    /** Sends the orders and keeps the OMS's state, in one piece. What it did not keep is heard again. */
    hear: (heard: Heard) => Promise<void>
  }>

const WAIT_MILLIS = 50
/** What a prediction rests on was published before it: it is there soon, or never. */
const WAITS = 400

/** Reads along until it is closed. */
export async function runOms(run: OmsRun): Promise<{ close: () => Promise<void> }> {
  const { oms, now, hear, group } = run
  const tell = async (verdict: Verdict, position: number): Promise<void> => {
    if (verdict.kind === 'refuse')
      await hear({ kind: 'refused', position, why: verdict.why, text: REFUSALS[verdict.why] })
    else if (verdict.kind === 'act' && verdict.orders.length > 0)
      await hear({ kind: 'orders', position, orders: verdict.orders })
  }
  let turn: Promise<unknown> = Promise.resolve()
  /** One message at a time, from what is said of it to what is kept: what could not be kept is as if it had not been said, and comes again. */
  const judged = (judge: () => Verdict, position: number): Promise<Verdict> => {
    const mine = turn.then(async () => {
      const verdict = judge()
      try {
        await tell(verdict, position)
      } catch (error) {
        oms.takeBack()
        throw error
      }
      return verdict
    })
    turn = mine.catch(() => undefined)
    return mine
  }
  const unread = (position: number, error: Error) =>
    hear({ kind: 'refused', position, why: 'unknown-schema', text: error.message })
  // What is kept for ever is read anew at each start: under a name that nobody has used.
  const anew = (topic: string) => ({ ...run, group: `${group}-${topic}-${randomUUID()}` })

  const readers = [
    await readTopic<Model>(anew('models'), MODELS, Model.avro, async ({ value, position, log }) => {
      if (value instanceof Error) await unread(position, value)
      else await judged(() => oms.model(value, log), position)
    }),
    await readTopic<Capital>(anew('capital'), CAPITAL, Capital.avro, async ({ value, position, log }) => {
      if (value instanceof Error) await unread(position, value)
      else await judged(() => oms.capital(value, log, now()), position)
    }),
    await readTopic<Prediction>(run, PREDICTIONS, Prediction.avro, async ({ value, position, ...origin }) => {
      if (value instanceof Error) return unread(position, value)
      for (let waits = 0; ; waits++) {
        const verdict = await judged(() => oms.prediction(value, origin, now()), position)
        if (verdict.kind !== 'wait') return
        if (waits === WAITS)
          throw refuse('oms.behind', { position, topic: verdict.for, wanted: verdict.position })
        await setTimeout(WAIT_MILLIS)
      }
    }),
  ]
  return {
    async close() {
      await Promise.all(readers.map((reader) => reader.close()))
    },
  }
}
