/** How sure the Sharpe ratio is: both published forms, the record it takes, and the backtest it takes. */
import { insufficient, type Measured, measured } from '../../../streams/statistics/measured.ts'
import { annualise, autocorrelations } from '../../../streams/statistics/sharpe.ts'
import type { Days } from '../days.ts'
import { minBacktestLength } from '../min-backtest-length.ts'
import { type PsrForm as Form, probabilisticSharpe, type TrackRecord } from '../psr.ts'
import type { PsrForm, SharpeForm } from '../report-sections.ts'

/** @param trials every trial of the family that was started */
export function sharpeForms(
  record: Measured<TrackRecord>,
  { net, periodsPerYear }: Pick<Days, 'net' | 'periodsPerYear'>,
  trials: number,
): Measured<SharpeForm> {
  if (record.kind === 'insufficient') return record
  const [autocorrelation] = autocorrelations(net, 1)
  const forms: PsrForm[] = []
  for (const form of ['2012', '2025'] as const satisfies readonly Form[]) {
    const psr = probabilisticSharpe(record.value, { form, autocorrelation })
    if (psr.kind === 'insufficient') return psr
    const { probability, standardError, minTrackRecord, confidence } = psr.value
    forms.push({
      form,
      probability,
      standardError,
      minTrackRecordDays: minTrackRecord,
      confidence,
      autocorrelation: form === '2025' ? autocorrelation : 0,
    })
  }
  return measured({ forms, minBacktest: minBacktest(record.value, trials, periodsPerYear) })
}

function minBacktest(
  { sharpe, n }: TrackRecord,
  trials: number,
  periodsPerYear: number,
): SharpeForm['minBacktest'] {
  if (!(sharpe > 0)) return insufficient('the ratio is not above 0: no length is enough')
  const actualYears = n / periodsPerYear
  return measured({ trials, ...minBacktestLength(trials, annualise(sharpe, periodsPerYear)), actualYears })
}
