/** What a person should look at, in one event. */
import type { Recorded } from '../../schemas/envelope.ts'
import { isEvent } from '../../schemas/event.ts'
import { Reduced } from '../../schemas/events/capital.ts'
import { DriftMeasured, LossLimitBreached, SharpeWatched } from '../../schemas/events/drift.ts'
import { Halted } from '../../schemas/events/halt.ts'
import { LadderBreached, SteppedDown } from '../../schemas/events/ladder.ts'
import { AlarmRaised, AlarmResolved } from '../../schemas/events/monitor.ts'
import { Quarantined } from '../../schemas/events/processor.ts'
import type { Alert } from '../../schemas/topics/oms.ts'

type Said = Omit<Alert, 'envelope'>

/** At most one of an event: consumers drop what has a position that they have seen. */
export function alertIn(event: Recorded): Said | null {
  if (isEvent(DriftMeasured, event)) {
    const { model, features } = event.data
    const drifted = features.filter((one) => one.drifted)
    if (drifted.length === 0) return null
    const each = drifted.map(
      ({ feature, psi, psiLimit, ks, ksLimit }) =>
        `${feature} (PSI ${psi}, limit ${psiLimit}; KS ${ks}, limit ${ksLimit})`,
    )
    const text = `Features of ${model} have drifted: ${each.join(', ')}.`
    return { kind: 'drift', about: model, value: drifted.length, limit: null, text }
  }
  if (isEvent(SharpeWatched, event)) {
    const { model, sharpe, expected, deviation, z, breach } = event.data
    if (!breach) return null
    const text = `The Sharpe ratio of ${model} is ${sharpe}: ${z} deviations (of ${deviation}) from ${expected}.`
    return { kind: 'sharpe', about: model, value: z, limit: null, text }
  }
  if (isEvent(LossLimitBreached, event)) {
    const { model, rule, loss, limit } = event.data
    const text = `${model} reached its ${rule} limit: a loss of ${loss}, at most ${limit}.`
    return { kind: `loss-${rule}`, about: model, value: loss, limit, text }
  }
  if (isEvent(Reduced, event)) {
    const { model, from, to, cause } = event.data
    const text = `Capital of ${model} was cut from ${from} to ${to} by the ${cause} rule, until somebody reviews it.`
    return { kind: 'capital-cut', about: model, value: to, limit: from, text }
  }
  if (isEvent(LadderBreached, event)) {
    const { model, days, eValue, alarmAt } = event.data
    const text = `${model} does worse than its backtest: evidence ${eValue} over ${days} sessions, an alarm from ${alarmAt}.`
    return { kind: 'ladder', about: model, value: eValue, limit: alarmAt, text }
  }
  if (isEvent(SteppedDown, event)) {
    const { model, from, to } = event.data
    const text = `Capital of ${model} went a step down from ${from} to ${to}, until somebody reviews it.`
    return { kind: 'capital-cut', about: model, value: to, limit: from, text }
  }
  if (isEvent(Halted, event)) {
    const { model, member, reason } = event.data
    const text = `${member} halted ${model}, which may use no capital until two members end that: ${reason}`
    return { kind: 'halt', about: model, value: 0, limit: null, text }
  }
  if (isEvent(Quarantined, event)) {
    const { processor, cause, reason } = event.data
    const text = `${processor} failed at event ${cause}, which was set aside: ${reason}`
    return { kind: 'quarantine', about: processor, value: null, limit: null, text }
  }
  if (isEvent(AlarmRaised, event)) {
    const { rule, check, thing, severity, owner, remedy, findings, found } = event.data
    const [{ what, observed, low, high }] = findings
    const others = found > 1 ? `, and ${found - 1} more` : ''
    const text = `${severity}: ${check} of ${thing} is not usual (rule ${rule}): ${what} is ${observed}${others}. ${owner}: ${remedy}`
    const limit = high !== null && observed > high ? high : low
    return { kind: 'alarm', about: thing, value: observed, limit, text }
  }
  if (isEvent(AlarmResolved, event)) {
    const { rule, check, thing, why } = event.data
    const text = `The alarm of ${check} of ${thing} (rule ${rule}) is over: ${why}.`
    return { kind: 'alarm-over', about: thing, value: null, limit: null, text }
  }
  return null
}
