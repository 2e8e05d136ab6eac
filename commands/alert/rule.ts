/** An alert rule: declared, changed by its next version, and retired. */
import { AlertRuleDeclared, AlertRuleRetired, type AlertRuleSpec } from '../../schemas/events/monitor.ts'
import { isSame } from '../../schemas/kernel/canonical.ts'
import type { Decider } from '../decider.ts'
import { accept, alreadySo, reject } from '../rejections.ts'

type Declare = Readonly<{
  kind: 'declare'
  spec: AlertRuleSpec
  /** Names in the rule that no data set and no model has. */
  unknown: readonly string[]
}>

type Retire = Readonly<{ kind: 'retire'; rule: string; reason: string }>

type State = Readonly<{ spec: AlertRuleSpec; isRetired: boolean }> | null

export const alertRule: Decider<Declare | Retire, State> = {
  initial: () => null,

  evolve(state, event) {
    if (AlertRuleDeclared.is(event)) return { spec: event.data, isRetired: false }
    return AlertRuleRetired.is(event) && state !== null ? { ...state, isRetired: true } : state
  },

  decide(command, state, { now }) {
    const times = { eventTime: now, knownAt: now }
    if (command.kind === 'retire') {
      const { rule, reason } = command
      if (state === null) return reject('alert.unknown-rule', { rule })
      return state.isRetired ? alreadySo : accept(AlertRuleRetired.draft({ rule, reason }, times))
    }
    const { spec, unknown } = command
    const { rule, version } = spec
    if (unknown.length > 0) return reject('alert.unknown-thing', { rule, things: unknown.join(', ') })
    const isWritten = state !== null && isSame(state.spec, spec)
    if (isWritten && !state.isRetired) return alreadySo
    const next = (state?.spec.version ?? 0) + 1
    if (version !== next) return reject('alert.version', { rule, version, next })
    return accept(AlertRuleDeclared.draft(spec, times))
  },
}
