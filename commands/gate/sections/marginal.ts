/** What a candidate adds to the models in force: likeness, what is left of it beside them, and the mix with and without it. */
import { correlationMatrix } from '../../../streams/statistics/correlations.ts'
import {
  insufficient,
  type Measured,
  MIN_OBSERVATIONS,
  measured,
} from '../../../streams/statistics/measured.ts'
import { meanOf, sdOf } from '../../../streams/statistics/moments.ts'
import { annualise, sharpeOf } from '../../../streams/statistics/sharpe.ts'
import type { Days, LiveBook } from '../days.ts'
import type { MarginalForm } from '../report-governance.ts'
import { exposureOn } from './factors.ts'

export function marginalValue(candidate: Days, live: readonly LiveBook[]): Measured<MarginalForm> {
  const { periodsPerYear: perYear } = candidate
  if (live.length === 0) return insufficient('no other model is in force')
  const models = live.map(({ model, run, days }) => {
    const [own, other] = shared([candidate, days])
    const enough = own.length >= MIN_OBSERVATIONS
    return {
      model,
      run,
      sessions: own.length,
      correlation: enough ? correlationMatrix([own, other])[0][1] : null,
    }
  })
  const comparable = live.filter((_, k) => models[k].correlation !== null)
  if (comparable.length === 0)
    return insufficient(`no model in force shares ${MIN_OBSERVATIONS} sessions with the candidate`)
  const [own, ...others] = shared([candidate, ...comparable.map(({ days }) => days)])
  if (own.length < MIN_OBSERVATIONS)
    return insufficient(
      `the candidate and the models in force share ${own.length} sessions, at least ${MIN_OBSERVATIONS} are needed`,
    )
  const factors = comparable.map(({ model, days }) => ({
    name: model,
    sessions: days.sessions,
    returns: days.net,
    spansHoles: true,
  }))
  const left = exposureOn(candidate, factors)
  const residual = left.kind === 'measured' ? left.value : null
  return measured({
    models,
    sessions: own.length,
    sharpeWithout: annualise(sharpeOf(equalRisk(others)), perYear),
    sharpeWith: annualise(sharpeOf(equalRisk([own, ...others])), perYear),
    explained: residual?.rSquared ?? null,
    alphaAnnual: residual === null ? null : residual.alpha.beta * perYear,
    alphaT: residual?.alpha.t ?? null,
  })
}

/** Net returns on the sessions on which each has one, in the order of the first. */
function shared(all: readonly Days[]): readonly Float64Array[] {
  const bySession = all.map(
    ({ sessions, net }) => new Map(Array.from(sessions, (session, day) => [session, net[day]])),
  )
  const [first] = bySession
  const sessions = [...first.keys()].filter((session) =>
    bySession.every((one) => Number.isFinite(one.get(session))),
  )
  return bySession.map((one) => Float64Array.from(sessions, (session) => one.get(session) ?? Number.NaN))
}

/** Each scaled to the same deviation, and the mean of them. */
function equalRisk(returns: readonly Float64Array[]): Float64Array {
  const scaled = returns.map((series) => {
    const sd = sdOf(series)
    return series.map((value) => value / sd)
  })
  return scaled[0].map((_, day) => meanOf(Float64Array.from(scaled, (series) => series[day])))
}
