/** The OMS's state and orders in a folder: what was ordered is ordered once, wherever the process ended. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { replaceText } from '../../streams/log/files.ts'
import type { OmsState } from './oms.ts'
import type { Order } from './orders.ts'

const state = z.strictObject({
  seen: z.record(z.string(), z.int()),
  held: z.record(z.string(), z.record(z.string(), z.number())),
  // It was a message that this program read and wrote.
  acted: z.record(z.string(), z.unknown()),
})

export type KeptOms = Readonly<{
  state: OmsState
  /** Sends orders that were not sent before, and keeps the state. @returns those that were sent now */
  keep: (state: OmsState, orders: readonly Order[]) => readonly Order[]
}>

/**
 * @param send sends one order; it is called once for each id, unless the process ends within it
 * @throws Error for a state that is damaged
 */
export function keptOms(folder: string, send: (order: Order) => void): KeptOms {
  mkdirSync(folder, { recursive: true })
  const statePath = join(folder, 'oms.json')
  const ordersPath = join(folder, 'orders.ndjson')
  const text = existsSync(ordersPath) ? readFileSync(ordersPath, 'utf8') : ''
  // A line that the process ended within is none, and what comes next does not belong to it.
  if (text !== '' && !text.endsWith('\n')) appendFileSync(ordersPath, '\n')
  const sent = new Set(
    text
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => (JSON.parse(line) as Order).id),
  )
  return {
    state: existsSync(statePath) ? stateIn(statePath) : { seen: {}, held: {}, acted: {} },
    keep(now, orders) {
      const fresh = orders.filter(({ id }) => !sent.has(id))
      for (const order of fresh) {
        appendFileSync(ordersPath, `${JSON.stringify(order)}\n`)
        sent.add(order.id)
        send(order)
      }
      replaceText(statePath, `${JSON.stringify(now)}\n`)
      return fresh
    },
  }
}

function stateIn(path: string): OmsState {
  try {
    return state.parse(JSON.parse(readFileSync(path, 'utf8'))) as OmsState
  } catch (error) {
    throw new Error(
      `${path} is not what an OMS keeps: write down in it what is held now, or restore a copy; without the file it takes everything for sold`,
      { cause: error },
    )
  }
}
