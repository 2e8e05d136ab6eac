/** Quarantine: what processors failed at, and what became of it. */
import type { Position } from '../../schemas/envelope.ts'
import { PolicySet } from '../../schemas/events/approval.ts'
import { Quarantined, Retried, Waived } from '../../schemas/events/processor.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { type Governance, governanceAfter } from '../../schemas/policy.ts'
import { waiverObjection } from '../../schemas/waiver.ts'
import { dated } from '../acts.ts'
import { defineProjection, on } from '../projection.ts'

type Item = {
  processor: string
  /** The position of the event that the processor failed at, and of the event that says so. */
  cause: Position
  position: Position
  reason: string
  /** `retried`: taken in since, or failed at anew, which is an item of its own. */
  status: 'waiting' | 'retried' | 'waived'
  /** Who waived it, and why; null unless it is waived. */
  waived: { member: string; reason: string } | null
}

type QuarantineState = Governance & { at: Micros; items: Item[] }

const waiting = (state: QuarantineState, one: { processor: string; cause: Position }): Item | undefined =>
  state.items.find(
    ({ processor, cause, status }) =>
      status === 'waiting' && processor === one.processor && cause === one.cause,
  )

export const quarantine = defineProjection<QuarantineState>({
  name: 'quarantine',
  version: 1,
  parts: ['items.*'],
  initial: () => ({ policy: null, log: null, at: 0, items: [] }),
  handlers: dated([
    on(PolicySet, (state, event) => {
      Object.assign(state, governanceAfter(state, event))
    }),
    on(Quarantined, (state, { data, position }) => {
      const { processor, cause, reason } = data
      state.items.push({ processor, cause, position, reason, status: 'waiting', waived: null })
    }),
    on(Retried, (state, { data }) => {
      const item = waiting(state, data)
      if (item !== undefined) item.status = 'retried'
    }),
    on(Waived, (state, { data }) => {
      const item = waiting(state, data)
      const { policy, log, at } = state
      if (item === undefined || waiverObjection(data, { policy, log, at }) !== null) return
      item.status = 'waived'
      item.waived = { member: data.member, reason: data.reason }
    }),
  ]),
})
