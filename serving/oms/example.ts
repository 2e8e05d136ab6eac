/**
 * An OMS that trades on paper: it prints the orders that it would send, one a line, with the position in the log that each came from.
 *
 * node serving/oms/example.ts --brokers 127.0.0.1:9092 --registry http://127.0.0.1:7072 --log LOG --prices prices.json
 *   [--prefix asof] [--equity 1000000] [--lot 1] [--folder oms] [--clock 2008-09-15T20:05Z]
 *   [--fills oms.fills.v1] [--positions oms.positions.v1]
 *
 * LOG is what the header asof-log says; prices.json maps instruments to prices.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { topicWriter } from '../../streams/relay/kafka/writer.ts'
import { wallClock } from '../clock.ts'
import { keptOms } from './kept.ts'
import { Oms } from './oms.ts'
import type { Order } from './orders.ts'
import { runOms } from './run.ts'
import { fillRow, positionRows } from './sent-back.ts'

const text = { type: 'string' } as const
const { values } = parseArgs({
  options: {
    ...{ brokers: text, registry: text, log: text, prices: text },
    prefix: { ...text, default: 'asof' },
    equity: { ...text, default: '1000000' },
    lot: { ...text, default: '1' },
    folder: { ...text, default: 'oms' },
    clock: text,
    ...{ fills: text, positions: text },
  },
})
const { brokers, registry, log, prices, prefix, equity, lot, folder, clock, fills, positions } = values

if (brokers === undefined || registry === undefined || log === undefined || prices === undefined) {
  process.stderr.write('Give --brokers, --registry, --log and --prices.\n')
  process.exitCode = 2
} else if (!(Number(equity) > 0 && Number(lot) > 0)) {
  process.stderr.write('Give numbers above 0 as --equity and --lot.\n')
  process.exitCode = 2
} else {
  const priceOf = new Map(Object.entries(JSON.parse(readFileSync(prices, 'utf8')) as Record<string, number>))
  const print = (said: unknown): void => {
    process.stdout.write(`${JSON.stringify(said)}\n`)
  }
  const kept = keptOms(folder, (order) => print({ order }))
  const isTold = fills !== undefined || positions !== undefined
  const writer = isTold ? await topicWriter({ brokers: brokers.split(',') }, `${prefix}-oms`) : null
  const account = () => ({
    equity: Number(equity),
    lot: () => Number(lot),
    price: (instrument: string) => priceOf.get(instrument) ?? null,
  })
  const oms = new Oms({ log, account }, kept.state)
  const at = clock === undefined ? null : parseMoment(clock)
  const now = () => at ?? wallClock.nowMicros()
  /** On paper an order is filled at once, whole, at the price of the file, for nothing. */
  const sendBack = async (orders: readonly Order[]): Promise<void> => {
    if (fills !== undefined)
      await writer?.write(
        fills,
        orders.map((order) => {
          const price = priceOf.get(order.instrument) ?? 0
          const filled = { at: now(), quantity: order.quantity, price, fee: 0, number: 1 }
          return { key: order.model, value: fillRow(order, filled) }
        }),
      )
    for (const model of positions === undefined ? [] : new Set(orders.map((order) => order.model))) {
      const held = new Map(Object.entries(oms.state.held[model] ?? {}))
      const traded = orders.flatMap((order) => (order.model === model ? [order.instrument] : []))
      const rows = positionRows(model, { at: now(), held, traded, equity: Number(equity) })
      await writer?.write(
        positions ?? '',
        rows.map((value) => ({ key: model, value })),
      )
    }
  }
  const running = await runOms({
    ...{ brokers: brokers.split(','), prefix, registry: { url: registry }, group: `${prefix}-oms`, oms },
    now,
    onWait: (topic, why) => process.stderr.write(`${topic} is waited for: ${why}\n`),
    async hear(heard) {
      const orders = heard.kind === 'orders' ? heard.orders : []
      // Before the orders are kept: what is sent twice is one fill.
      await sendBack(orders)
      kept.keep(oms.state, orders)
      if (heard.kind === 'refused') print({ refused: heard })
    },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => Promise.all([running.close(), writer?.close()]))
}
