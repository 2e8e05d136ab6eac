/** Halts as they hold: what a member stopped, what two of them set going again, and whom else it holds for. */
import type { EventOf } from '../../schemas/event.ts'
import type { Halted, HaltSpread, UnhaltSigned } from '../../schemas/events/halt.ts'
import { haltObjection, UNHALT_SIGNATURES, unhaltedBy, unhaltObjection } from '../../schemas/halt.ts'
import { type CapitalsState, changed, haltContext, haltedBy } from './standing.ts'

export function halt(state: CapitalsState, { data, position, eventTime: at }: EventOf<typeof Halted>): void {
  const { model, member, reason } = data
  const context = haltContext(state, model)
  if (context.halt !== undefined || haltObjection(data, context) !== null) return
  state.halts[model] = { position, at, member, reason, unhalts: [] }
  hold(state, model, model)
  changed(state, model, { at, position, why: 'halted', cut: null, by: { member, reason } })
}

/** What is signed before the last signature that it takes changes nothing. */
export function unhalt(
  state: CapitalsState,
  { data, position, eventTime: at }: EventOf<typeof UnhaltSigned>,
): void {
  const { model, member, reason } = data
  const context = haltContext(state, model)
  if (context.halt === undefined || unhaltObjection(data, context) !== null) return
  context.halt.unhalts.push(data)
  if (unhaltedBy(context).length < UNHALT_SIGNATURES) return
  delete state.halts[model]
  state.ended[model] = position
  letGo(state, model, model)
  changed(state, model, { at, position, why: 'unhalted', cut: null, by: { member, reason } })
}

/** What is said of a halt that ended meanwhile holds nobody. */
export function spread(
  state: CapitalsState,
  { data, position, eventTime: at }: EventOf<typeof HaltSpread>,
): void {
  const { model, of, halted } = data
  const { halt: its } = haltContext(state, of)
  if (!halted) letGo(state, model, of)
  else if (its?.position === data.halt) hold(state, model, of)
  else return
  const by = halted && its !== undefined ? { member: its.member, reason: its.reason } : null
  changed(state, model, { at, position, why: halted ? 'halted' : 'unhalted', cut: null, by })
}

function hold(state: CapitalsState, model: string, of: string): void {
  state.haltedBy[model] = [...new Set([...haltedBy(state, model), of])]
}

function letGo(state: CapitalsState, model: string, of: string): void {
  const left = haltedBy(state, model).filter((one) => one !== of)
  if (left.length === 0) delete state.haltedBy[model]
  else state.haltedBy[model] = left
}
