/** What the sample is made of: its files, its people and its dates. */
import { join } from 'node:path'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { ROOT } from '../root.ts'

const FOLDER = join(ROOT, 'serving/sample/us20')

export const SAMPLE = {
  prices: { data: join(FOLDER, 'sp500_dataset.csv.gz'), declaration: join(FOLDER, 'prices.yaml') },
  /** Of the history only: what the gate takes for the market's own returns. */
  index: { data: join(FOLDER, 'sp500_index.csv.gz'), declaration: join(FOLDER, 'index.yaml') },
  features: join(FOLDER, 'features.yaml'),
  sweep: join(FOLDER, 'sweep.yaml'),
  policy: join(FOLDER, 'policy.yaml'),
  model: 'us20-long-short',
  author: 'researcher',
  committee: ['cio', 'head-of-risk', 'validator'],
  approvers: ['cio', 'head-of-risk'],
  reviewer: 'head-of-risk',
  /** What lies before arrives as one file, what lies after day by day. */
  liveFrom: parseMoment('2010-01-01'),
  /** A cut is reviewed after so many trading days, and what was cut is given back. */
  reviewAfterDays: 21,
} as const
