/** Claims: how each stands, who said what of it when, and where it went. */
import type { Position } from '../../schemas/envelope.ts'
import {
  ClaimApproved,
  ClaimChecked,
  ClaimDisseminated,
  ClaimDrafted,
  ClaimHeld,
  ClaimRederived,
  ClaimReleased,
  ClaimWithdrawn,
  type Figure,
  type RuleResult,
} from '../../schemas/events/claim.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import { defineProjection, on } from '../projection.ts'

export type ClaimView = {
  status: 'drafted' | 'checked' | 'refused' | 'approved' | 'disseminated' | 'withdrawn'
  text: string
  model: string
  measure: string
  unit: string
  regime: string
  from: number
  to: number
  gross: number | null
  net: number | null
  drafter: string
  /** As the platform worked it out last. */
  figure: Figure
  trials: number | null
  rules: RuleResult[]
  approvals: { member: string; at: Micros; expires: Micros; position: Position }[]
  disseminated: { at: Micros; position: Position; channel: string; audience: string; advertisement: string }[]
  withdrawn: { at: Micros; by: string; reason: string } | null
  /** When its number last followed from the log: at its check, or since. */
  proven: { at: Micros; position: Position } | null
  /** When it was last worked out again, and what did not follow then. */
  rederived: { at: Micros; position: Position; problems: string[] } | null
  /** Legal holds that nobody has released. */
  holds: { hold: string; by: string; at: Micros; reason: string; position: Position }[]
  /** Of its events, oldest first, without those that worked it out again. */
  positions: Position[]
}

export type ClaimsState = { claims: Record<string, ClaimView> }

export const claims = defineProjection<ClaimsState>({
  name: 'claims',
  version: 2,
  parts: ['claims.*'],
  initial: () => ({ claims: {} }),
  handlers: [
    on(ClaimDrafted, (state, { data, position }) => {
      const { text, model, measure, unit, regime, from, to, gross, net, drafter, figure } = data
      const before = state.claims[data.claim]
      state.claims[data.claim] = {
        ...{ status: 'drafted', text, model, measure, unit, regime, from, to, gross, net, drafter, figure },
        ...{ trials: null, rules: [], approvals: [], disseminated: [], withdrawn: null },
        ...{ proven: null, rederived: null, holds: before?.holds ?? [] },
        positions: [...(before?.positions ?? []), position],
      }
    }),
    on(ClaimChecked, ({ claims }, { data, position, eventTime: at }) => {
      const view = claims[data.claim]
      if (view === undefined) return
      const { passed, figure, trials, rules } = data
      Object.assign(view, { status: passed ? 'checked' : 'refused', figure, trials: trials.started, rules })
      view.proven = passed ? { at, position } : null
      view.rederived = null
      view.positions.push(position)
    }),
    on(ClaimApproved, ({ claims }, { data, position, eventTime: at }) => {
      const view = claims[data.claim]
      if (view === undefined) return
      view.status = 'approved'
      view.approvals.push({ member: data.member, at, expires: data.expires, position })
      view.positions.push(position)
    }),
    on(ClaimDisseminated, ({ claims }, { data, position, eventTime: at }) => {
      const view = claims[data.claim]
      if (view === undefined) return
      view.status = 'disseminated'
      view.figure = data.figure
      const { channel, advertisement } = data
      view.disseminated.push({ at, position, channel, audience: data.audience.class, advertisement })
      view.positions.push(position)
    }),
    on(ClaimRederived, ({ claims }, { data, position, eventTime: at }) => {
      const view = claims[data.claim]
      if (view === undefined) return
      const { figure, problems } = data
      if (figure !== null) view.figure = figure
      view.rederived = { at, position, problems: [...problems] }
      if (problems.length === 0) view.proven = { at, position }
    }),
    on(ClaimHeld, ({ claims }, { data, position, actor: by, eventTime: at }) => {
      const { claim, hold, reason } = data
      claims[claim]?.holds.push({ hold, by, at, reason, position })
    }),
    on(ClaimReleased, ({ claims }, { data }) => {
      const view = claims[data.claim]
      if (view !== undefined) view.holds = view.holds.filter(({ hold }) => hold !== data.hold)
    }),
    on(ClaimWithdrawn, ({ claims }, { data, position, actor: by, eventTime: at }) => {
      const view = claims[data.claim]
      if (view === undefined) return
      Object.assign(view, { status: 'withdrawn', withdrawn: { at, by, reason: data.reason } })
      view.positions.push(position)
    }),
  ],
})
