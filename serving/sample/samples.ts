/** The samples that ship. */
import { join } from 'node:path'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { ROOT } from '../root.ts'
import type { SamplePlan } from './plan.ts'

const path = (file: string): string => join(ROOT, 'serving/sample', file)

const PEOPLE = {
  author: 'researcher',
  committee: ['cio', 'head-of-risk', 'validator'],
  approvers: ['cio', 'head-of-risk'],
  reviewer: 'head-of-risk',
} as const

export const US20: SamplePlan = {
  name: 'us20',
  about: '20 US large caps, adjusted closes, 1990 to 2022',
  prices: { declaration: path('us20/prices.yaml'), files: [path('us20/sp500_dataset.csv.gz')] },
  feed: 'sp500_dataset.csv.gz',
  actions: null,
  // What the gate takes for the market's own returns.
  given: [{ declaration: path('us20/index.yaml'), files: [path('us20/sp500_index.csv.gz')] }],
  features: path('us20/features.yaml'),
  sweep: path('us20/sweep.yaml'),
  policy: path('us20/policy.yaml'),
  model: 'us20-long-short',
  ...PEOPLE,
  liveFrom: parseMoment('2010-01-01'),
  reviewAfterSessions: 21,
}

/** The same data, with trees by LightGBM, which asof.yaml in the folder says where to find. */
export const US20_LIGHTGBM: SamplePlan = {
  ...US20,
  name: 'us20-lightgbm',
  about: 'the same, with trees by LightGBM: asof.yaml names its Python, and the repository of its code',
  trainer: path('us20/trainer.yaml'),
  sweep: path('us20/lightgbm.yaml'),
  model: 'us20-lightgbm',
}

/** Tickers, as the files are named. */
const US12_FILES = ['aapl', 'aig', 'bac', 'eem', 'fb', 'goog', 'ibm', 'iwm', 'qqq', 'spy', 'wm', 'wmi']

export const US12: SamplePlan = {
  name: 'us12',
  about: '12 US tickers, raw prices with splits, dividends, listings and a collapse, 1998 to 2021',
  prices: {
    declaration: path('us12/prices.yaml'),
    files: US12_FILES.map((ticker) => path(`us12/${ticker}.zip`)),
  },
  feed: 'lean',
  actions: {
    declaration: path('us12/actions.yaml'),
    // The file of a ticker is about the instrument that has it last; wmi is the same instrument as wm.
    factorFiles: Object.fromEntries(
      [...US12_FILES.filter((ticker) => ticker !== 'wmi'), 'wamu'].map((ticker) => [
        ticker === 'wm' ? 'waste' : ticker,
        path(`us12/${ticker}.factor_files.csv`),
      ]),
    ),
  },
  // What tells the gate's regimes.
  given: [
    { declaration: path('us12/curve.yaml'), files: [path('us12/us-treasury-curve.csv.gz')] },
    { declaration: path('us12/vix.yaml'), files: [path('us12/vix-daily.csv.gz')] },
  ],
  features: path('us12/features.yaml'),
  sweep: path('us12/sweep.yaml'),
  policy: path('us12/policy.yaml'),
  model: 'us12-long-short',
  ...PEOPLE,
  liveFrom: parseMoment('2010-01-01'),
  reviewAfterSessions: 21,
}

export const SAMPLES: Readonly<Record<string, SamplePlan>> = {
  us20: US20,
  us12: US12,
  'us20-lightgbm': US20_LIGHTGBM,
}
