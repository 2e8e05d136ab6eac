/** Operators over all entities at one event time, or over each group of them, taken in the order of their names. */
import { acrossEntities, type CrossSection, withinGroups } from '../../across.ts'
import type { Operator, Parameter, UnitRule } from '../expression.ts'
import { GROUP, scalar, seriesEach, X } from '../parameter.ts'
import { residuals } from './least-squares.ts'
import { averageRanks, mean, median, squaresAbout, total } from './sections.ts'
import { FIRST, PLAIN } from './unit-rules.ts'

type Of = Readonly<{
  takes?: readonly Parameter[]
  /** Any number of further series. */
  rest?: string
  formula: string
  missing?: string
  unit?: UnitRule
  section: CrossSection
}>

const OUT = 'missing entities stay out of it; they themselves stay missing'

/** The operator over all entities, and over those of each group. */
const both = (
  name: string,
  { takes = [X], rest, formula, missing = OUT, unit = FIRST, section }: Of,
): readonly Operator[] => {
  const about = { formula, window: 'all entities at its event time; with by, those of its group', missing }
  const of = { name, notation: null, unit, about }
  const more = (after: number) => (rest === undefined ? [] : [seriesEach(rest, after)])
  return [
    { ...of, takes: [...takes, ...more(0)], isGrouped: false, shape: acrossEntities(section) },
    {
      ...of,
      takes: [...takes, ...more(1), GROUP],
      isGrouped: true,
      shape: acrossEntities(withinGroups(section)),
    },
  ]
}

const each =
  (of: (x: Float64Array) => number): CrossSection =>
  ([x], out) => {
    out.fill(of(x))
  }

const std = (x: Float64Array): number => Math.sqrt(squaresAbout(x, mean(x)) / (x.length - 1))

const SUM = scalar('sum', { wants: 'a number above 0', isIn: (value) => value > 0, otherwise: 1 })
const DEVIATIONS = scalar('deviations', { wants: 'a number above 0', isIn: (value) => value > 0 })
const BUCKETS = scalar('buckets', {
  wants: 'a whole number from 1',
  isIn: (value) => Number.isSafeInteger(value) && value > 0,
})

export const CROSS_SECTION: readonly Operator[] = [
  ...both('rank', {
    formula: 'the rank from 1, ties averaged, divided by the number of values: above 0, up to 1',
    unit: PLAIN,
    section: ([x], out) => {
      averageRanks(x, out)
      for (let i = 0; i < x.length; i++) out[i] /= x.length
    },
  }),
  ...both('zscore', {
    formula: '(x - mean) / standard deviation (n - 1)',
    missing: `${OUT}; missing where all are equal`,
    unit: PLAIN,
    section: ([x], out) => {
      const centre = mean(x)
      const deviation = Math.sqrt(squaresAbout(x, centre) / (x.length - 1))
      for (let i = 0; i < x.length; i++) out[i] = (x[i] - centre) / deviation
    },
  }),
  ...both('demean', {
    formula: 'x - mean',
    section: ([x], out) => {
      const centre = mean(x)
      for (let i = 0; i < x.length; i++) out[i] = x[i] - centre
    },
  }),
  ...both('scale', {
    takes: [X, SUM],
    formula: 'x * sum / (the sum of |x|)',
    missing: `${OUT}; missing where all are 0`,
    unit: PLAIN,
    section: ([x], out, [sum]) => {
      let absolute = 0
      for (const value of x) absolute += Math.abs(value)
      if (sum === 1) for (let i = 0; i < x.length; i++) out[i] = x[i] / absolute
      else for (let i = 0; i < x.length; i++) out[i] = (x[i] / absolute) * sum
    },
  }),
  ...both('winsorize', {
    takes: [X, DEVIATIONS],
    formula: 'x held within mean +- deviations standard deviations (n - 1)',
    section: ([x], out, [deviations]) => {
      const centre = mean(x)
      const reach = x.length > 1 ? deviations * std(x) : 0
      for (let i = 0; i < x.length; i++) out[i] = Math.min(Math.max(x[i], centre - reach), centre + reach)
    },
  }),
  ...both('bucket', {
    takes: [X, BUCKETS],
    formula: 'rank(x) * buckets, rounded up: 1 for the least to buckets for the greatest',
    unit: PLAIN,
    section: ([x], out, [buckets]) => {
      averageRanks(x, out)
      for (let i = 0; i < x.length; i++) out[i] = Math.ceil((out[i] * buckets) / x.length)
    },
  }),
  ...both('neutralize', {
    rest: 'exposure',
    formula: 'what is left of x after least squares on a constant and the exposures',
    missing: 'entities with x or an exposure missing stay out of it, and stay missing',
    section: residuals,
  }),
  ...both('cs_sum', { formula: 'the sum of x', section: each(total) }),
  ...both('cs_mean', { formula: 'the mean of x', section: each(mean) }),
  ...both('cs_std', {
    formula: 'the standard deviation of x (n - 1)',
    missing: `${OUT}; missing where there is one alone`,
    section: each(std),
  }),
  ...both('cs_median', {
    formula: 'the median of x: of two in the middle their mean',
    section: each(median),
  }),
  ...both('cs_count', { formula: 'how many x there are', unit: PLAIN, section: each((x) => x.length) }),
]
