/** The probabilistic Sharpe ratio: how sure it is that the true ratio is above a benchmark, given length and shape. */
import { varianceOfMaximum } from '../../streams/statistics/expected-maximum.ts'
import {
  insufficient,
  lacking,
  type Measured,
  MIN_OBSERVATIONS,
  measured,
} from '../../streams/statistics/measured.ts'
import { isDegenerate, momentsOf } from '../../streams/statistics/moments.ts'
import { normalCdf, normalQuantile } from '../../streams/statistics/normal.ts'

/** What a Sharpe ratio is judged from: per period, biased skew, kurtosis that is not in excess (a normal has 3). */
export type TrackRecord = Readonly<{ sharpe: number; n: number; skew: number; kurtosis: number }>

/**
 * `2012`: Bailey & López de Prado, "The Sharpe Ratio Efficient Frontier": the error at the observed ratio, over T − 1.
 * `2025`: López de Prado, Lipton & Zoonekynd (SSRN 5520741): the error at the benchmark, over T, with AR(1).
 * One record gives .913 under the first and .987 under the second, so the form is part of every result.
 */
export type PsrForm = '2012' | '2025'

export type PsrOptions = Readonly<{
  form?: PsrForm
  /** The ratio to beat, per period. */
  benchmark?: number
  confidence?: number
  /** Of lag 1; read by the 2025 form only. */
  autocorrelation?: number
  /** Where the record is the best of this many, the 2025 form shrinks the variance to that of the greatest. */
  trials?: number
}>

export type Psr = Readonly<{
  form: PsrForm
  /** P(true ratio > benchmark). */
  probability: number
  sharpe: number
  benchmark: number
  n: number
  standardError: number
  /** Observations needed to be sure at `confidence`; null where no length is enough (ratio at or below benchmark). */
  minTrackRecord: number | null
  confidence: number
}>

/** The record of returns that are net of costs and in excess of the riskless rate: one basis for ratio and error. */
export function trackRecord(
  returns: Float64Array,
  minimum: number = MIN_OBSERVATIONS,
): Measured<TrackRecord> {
  const lack = lacking(returns, minimum)
  if (lack !== undefined) return lack
  const { n, mean, sd, skew, kurtosis } = momentsOf(returns)
  if (isDegenerate(returns, sd)) return insufficient('the returns do not vary')
  return measured({ sharpe: mean / sd, n, skew, kurtosis })
}

/** Of sums of fourth powers over a long history. */
const ROUNDING = 1e-9

/**
 * Φ((SR − SR*) / error) and the minimum track record. `insufficient` for moments that no distribution has: kurtosis is
 * never below 1 + skew², so a kurtosis in excess is caught here.
 */
export function probabilisticSharpe(record: TrackRecord, options: PsrOptions = {}): Measured<Psr> {
  const { form = '2012', benchmark = 0, confidence = 0.95 } = options
  const { sharpe, n, skew, kurtosis } = record
  if (![sharpe, skew, kurtosis, benchmark].every(Number.isFinite) || n < 2)
    return insufficient('a moment of the record or the benchmark is missing')
  // Returns of two values are on the limit, and rounding puts them on either side of it.
  if (kurtosis < (1 + skew * skew) * (1 - ROUNDING))
    return insufficient(`no distribution has skew ${skew} with kurtosis ${kurtosis}: is it in excess?`)
  const scaled = form === '2012' ? varianceAt(sharpe, record, 0) : nullVariance(record, options)
  if (!(scaled > ROUNDING)) return insufficient('the error of the ratio is zero at these moments')
  const standardError = Math.sqrt(scaled / (form === '2012' ? n - 1 : n))
  const lead = sharpe - benchmark
  const needed = scaled * (normalQuantile(confidence) / lead) ** 2
  return measured({
    form,
    probability: normalCdf(lead / standardError),
    sharpe,
    benchmark,
    n,
    standardError,
    minTrackRecord: lead > 0 ? needed + (form === '2012' ? 1 : 0) : null,
    confidence,
  })
}

/** a − b γ₃ SR + c (γ₄ − 1)/4 SR², the variance of the estimate times its length; a = b = c = 1 without AR(1). */
function varianceAt(sharpe: number, { skew, kurtosis }: TrackRecord, rho: number): number {
  const a = 1 + (2 * rho) / (1 - rho)
  const b = 1 + rho / (1 - rho) + rho ** 2 / (1 - rho ** 2)
  const c = 1 + (2 * rho ** 2) / (1 - rho ** 2)
  return a - b * skew * sharpe + ((c * (kurtosis - 1)) / 4) * sharpe ** 2
}

const nullVariance = (
  record: TrackRecord,
  { benchmark = 0, autocorrelation = 0, trials = 1 }: PsrOptions,
): number => varianceAt(benchmark, record, autocorrelation) * (trials > 1 ? varianceOfMaximum(trials) : 1)

type SharpePower = Readonly<{
  /** The chance to miss a true ratio of `alternative`. */
  beta: number
  /** The share of false discoveries among records that pass at `1 - confidence`. */
  plannedFalseDiscovery: number
  /** The same for a record exactly as good as this one. */
  observedFalseDiscovery: number
}>

/**
 * Power and false discovery of the 2025 form, for a prior share of true strategies with the ratio `alternative`.
 */
export function sharpePower(
  record: TrackRecord,
  { alternative, priorTrue, ...options }: PsrOptions & Readonly<{ alternative: number; priorTrue: number }>,
): Measured<SharpePower> {
  const { benchmark = 0, confidence = 0.95 } = options
  const atNull = probabilisticSharpe(record, { ...options, form: '2025' })
  const atTruth = probabilisticSharpe(record, { ...options, form: '2025', benchmark: alternative })
  if (atNull.kind === 'insufficient') return atNull
  if (atTruth.kind === 'insufficient') return atTruth
  const critical = benchmark + normalQuantile(confidence) * atNull.value.standardError
  const beta = normalCdf((critical - alternative) / atTruth.value.standardError)
  const falseShare = (falsePasses: number, truePasses: number): number =>
    (falsePasses * (1 - priorTrue)) / (falsePasses * (1 - priorTrue) + truePasses * priorTrue)
  return measured({
    beta,
    plannedFalseDiscovery: falseShare(1 - confidence, 1 - beta),
    observedFalseDiscovery: falseShare(1 - atNull.value.probability, 1 - atTruth.value.probability),
  })
}
