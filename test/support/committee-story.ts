/** A desk's story as files that a person writes: data, features, a policy, a sweep, and the days after the promotion. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { publicKeyOf } from '../../schemas/kernel/signature.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { keyOfName, NOTHING_BESIDE } from './keys.ts'
import { closeOf, NAMES, pricesOf } from './small-world.ts'

const HISTORY_DAYS = 300
const HOLDOUT_FROM_DAY = 270
const LAST_DAY = 360

export const MEMBERS = ['bob', 'cat'] as const

/** The paths of what was written. */
export type Story = Readonly<{
  declaration: string
  history: string
  later: string
  features: string
  policy: string
  sweep: string
  /** A member's private key. */
  key: (member: string) => string
}>

export const PASSES = 'small-h3-momentum-a1'
export const FAILS = 'small-h3-noise-a1'

export function writeStory(folder: string): Story {
  mkdirSync(folder, { recursive: true })
  const write = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  for (const member of MEMBERS) write(`${member}.pem`, keyOfName(member))
  return {
    declaration: write('prices.yaml', stringify(DECLARATION)),
    history: write('history.csv', csvOf(0, HISTORY_DAYS)),
    later: write('later.csv', csvOf(HISTORY_DAYS, LAST_DAY)),
    features: write('features.yaml', stringify(FEATURES)),
    policy: write('policy.yaml', stringify(POLICY)),
    sweep: write('sweep.yaml', stringify(SWEEP)),
    key: (member) => join(folder, `${member}.pem`),
  }
}

const PRICES = pricesOf(LAST_DAY)

function csvOf(from: number, to: number): string {
  const lines = ['name,time,close']
  for (let day = from; day < to; day++)
    for (const [i, name] of NAMES.entries())
      lines.push(`${name},${formatMoment(closeOf(day))},${PRICES[day][i].toFixed(6)}`)
  return `${lines.join('\n')}\n`
}

const DECLARATION = {
  dataset: 'small',
  layout: 'long',
  entityColumn: 'name',
  timeColumn: 'time',
  timeZone: 'UTC',
  knownAt: { kind: 'lag', lagMicros: 300_000_000 },
  columns: [{ name: 'close', unit: 'USD' }],
  prices: { column: 'close', currency: 'USD', delistAfterSessions: 10, delistingReturn: 0 },
}

const FEATURES = {
  set: 'small',
  version: 1,
  entity: 'instrument',
  dataset: 'small',
  staleness: '7d',
  lag: '0s',
  features: {
    mom_5: { formula: 'rank(close / delay(close, 5) - 1) - 0.5', unit: 'rank' },
    mom_20: { formula: 'rank(close / delay(close, 20) - 1) - 0.5', unit: 'rank' },
    vol_10: { formula: 'zscore(ts_std(close / delay(close, 1), 10))', unit: 'sd' },
  },
}

const POLICY = {
  version: 1,
  note: 'for tests alone',
  quorum: {
    required: 2,
    members: MEMBERS.map((member) => ({ member, publicKey: publicKeyOf(keyOfName(member)) })),
  },
  gate: [
    { test: 'held-out-days', comparison: 'at-least', threshold: 100 },
    { test: 'net-sharpe', comparison: 'at-least', threshold: 1 },
  ],
  validation: { groups: 5, testGroups: 2, embargoDays: 0, ...NOTHING_BESIDE },
  sharpe: { windowDays: 10, deviations: 1.2, direction: 'below', fractionAfter: 0.5 },
  yardstick: null,
  holdout: { from: formatMoment(closeOf(HOLDOUT_FROM_DAY)) },
  losses: { dayLoss: 0.01, drawdown: 0.05, fractionAfter: 0.5 },
}

const SWEEP = {
  family: 'small',
  featureSet: 'small@1',
  from: formatMoment(closeOf(0)),
  to: formatMoment(closeOf(HOLDOUT_FROM_DAY)),
  label: { dataset: 'small', formula: 'demean(close / delay(close, {horizon}) - 1)' },
  trainer: 'ridge',
  folds: 4,
  seed: 1,
  horizons: [3],
  alphas: [1],
  features: { momentum: ['mom_5', 'mom_20'], noise: ['vol_10'] },
  portfolio: {
    construction: 'long-short',
    spreadBps: 4,
    commissionBps: 1,
    borrowBps: 50,
  },
}
