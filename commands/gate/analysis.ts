/** Everything that the gate works out about a candidate, before any threshold is looked at. */
import { insufficient, type Measured } from '../../streams/statistics/measured.ts'
import { tradedPanel } from '../../streams/training/held-out.ts'
import { alignedTrials } from './aligned.ts'
import type { GateEvidence } from './evidence.ts'
import { refusesAlready } from './judge.ts'
import { lookAhead } from './look-ahead.ts'
import { marketOf } from './market.ts'
import { LOOK_AHEAD } from './measures.ts'
import { trackRecord } from './psr.ts'
import type { Section } from './report-base.ts'
import type { Analysis, Sections } from './report-form.ts'
import { mapped, uniformOf } from './section.ts'
import { alpha } from './sections/alpha.ts'
import { capacitySection } from './sections/capacity.ts'
import { crossValidation } from './sections/cross-validation.ts'
import { deflation } from './sections/deflation.ts'
import { drawdownPaths } from './sections/drawdown.ts'
import { factorLoadings } from './sections/factors.ts'
import { familywise } from './sections/familywise.ts'
import { holdoutSection } from './sections/holdout.ts'
import { horizonOf, information } from './sections/information.ts'
import { marginalValue } from './sections/marginal.ts'
import { overfitting } from './sections/overfitting.ts'
import { performance } from './sections/performance.ts'
import { power } from './sections/power.ts'
import { reality } from './sections/reality.ts'
import { regimesSection } from './sections/regimes.ts'
import { retradedStudy, sensitivity } from './sections/sensitivity.ts'
import { sharpeForms } from './sections/sharpe.ts'
import { stressSection } from './sections/stress.ts'
import { styleExposure, styleSeries } from './sections/styles.ts'
import { vendorExposures } from './sections/vendor-exposures.ts'
import { walkForwardBars } from './sections/walk-forward.ts'
import { watchAlarms } from './sections/watch.ts'

/** All sections, or with the depth `until-refused` no more than the cheap ones where those refuse already. */
export function analyse(evidence: GateEvidence): Analysis {
  const { commit } = evidence.run
  const signedCommit = commit?.signature === 'verified' && commit.tree === 'clean'
  const cheap = cheapSections(evidence)
  const { study, run, policy } = evidence
  // Reports under policies that do not ask for it are what they were.
  const isAsked = policy.gate.some(({ test }) => test === LOOK_AHEAD)
  const first = { signedCommit, ...(isAsked && { lookAhead: on(study, (found) => lookAhead(found, run)) }) }
  const quick = { ...first, sections: { ...cheap, ...NOTHING_MORE } }
  if (evidence.depth === 'until-refused' && refusesAlready(quick, policy.gate)) return quick
  return { ...first, sections: { ...cheap, ...deepSections(evidence, cheap) } }
}

function cheapSections({ days, family, study }: GateEvidence) {
  const record = trackRecord(days.net)
  return {
    performance: performance(days),
    walkForward: on(study, (found) => walkForwardBars(days, found)),
    sharpe: sharpeForms(record, days, family.trials.length),
    deflation: deflation(record, family, days.periodsPerYear),
  }
}

type Cheap = ReturnType<typeof cheapSections>
type Deep = Omit<Sections, keyof Cheap>

const NOT_WORKED_OUT: Section<never> = {
  kind: 'not-worked-out',
  reason: 'a cheaper test had refused the candidate already',
}

const NOTHING_MORE: Deep = {
  overfitting: NOT_WORKED_OUT,
  crossValidation: NOT_WORKED_OUT,
  drawdown: NOT_WORKED_OUT,
  familywise: NOT_WORKED_OUT,
  reality: NOT_WORKED_OUT,
  information: NOT_WORKED_OUT,
  capacity: NOT_WORKED_OUT,
  factors: NOT_WORKED_OUT,
  styles: NOT_WORKED_OUT,
  alpha: NOT_WORKED_OUT,
  vendorExposures: NOT_WORKED_OUT,
  regimes: NOT_WORKED_OUT,
  stress: NOT_WORKED_OUT,
  sensitivity: NOT_WORKED_OUT,
  watch: NOT_WORKED_OUT,
  power: NOT_WORKED_OUT,
  marginal: NOT_WORKED_OUT,
  holdout: NOT_WORKED_OUT,
}

function deepSections(evidence: GateEvidence, cheap: Cheap): Deep {
  const { artifact, portfolio, days, family, study, policy, exposures, label } = evidence
  const run = { ...evidence.run, portfolio }
  const { net } = days
  const random = (section: string) => uniformOf(artifact, policy.version, section)
  const market = study.kind === 'measured' ? marketOf(study.value) : null
  const noMarket = insufficient(study.kind === 'measured' ? 'there is no market' : study.reason)
  const aligned = alignedTrials(run.run, days, family.trials)
  const styles = market === null ? noMarket : styleSeries(market)
  const factors = evidence.factors ?? insufficient('the policy names no data set of factors')
  const loadings = on(factors, (given) => factorLoadings(days, given))
  const asked = policy.gate.find(({ test, comparison }) => test === 'net-sharpe' && comparison === 'at-least')
  const benchmark =
    cheap.deflation.kind === 'measured'
      ? Math.max(...cheap.deflation.value.rows.map((row) => (row.judged ? row.benchmark : 0)))
      : 0
  return {
    overfitting: overfitting(family),
    crossValidation: on(study, (found) =>
      crossValidation(run, found, { rule: policy.validation, elsewhere: evidence.elsewhere ?? null }),
    ),
    drawdown: drawdownPaths(net, random('drawdown')),
    familywise: familywise(aligned, family, random('familywise')),
    reality: reality(family, random('reality')),
    information: on(study, (found) =>
      label === null ? insufficient('the label is not known') : information(found, horizonOf(label)),
    ),
    capacity: on(study, (found) =>
      capacitySection(tradedPanel(found.rows, found.layout, { scores: found.scores, spec: run }), portfolio, {
        threshold: asked?.threshold ?? 0,
        periodsPerYear: days.periodsPerYear,
        values: found.layout.values,
      }),
    ),
    factors: loadings,
    styles: styles.kind === 'insufficient' ? styles : styleExposure(days, styles.value),
    alpha:
      evidence.factors === null
        ? alpha(days, styles, null)
        : on(factors, (given) => alpha(days, styles, given)),
    vendorExposures: on(exposures ?? insufficient('the policy names no data set of exposures'), (given) =>
      on(study, (found) => vendorExposures(given, found, run)),
    ),
    regimes: market === null ? noMarket : regimesSection(days, market, evidence),
    stress: stressSection(days, loadings, factors.kind === 'measured' ? factors.value : null),
    sensitivity: sensitivity(
      days,
      mapped(study, (found) => retradedStudy(found, run)),
    ),
    watch: watchAlarms({ ...days, trials: family.trials.length }, policy, [
      random('watch'),
      random('always-valid'),
    ]),
    power: power(trackRecord(net), benchmark, days.periodsPerYear),
    marginal: marginalValue(days, evidence.live),
    holdout: holdoutSection(evidence),
  }
}

const on = <S, T>(given: Measured<S>, work: (given: S) => Measured<T>): Measured<T> =>
  given.kind === 'measured' ? work(given.value) : given
