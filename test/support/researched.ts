/** A run from a file, as a researcher makes it: ingest, features, training; and what its held-out sessions came to. */
import { fileURLToPath } from 'node:url'
import { daysFrom } from '../../commands/gate/days.ts'
import { defineFeatures } from '../../serving/actions.ts'
import { ingestFile } from '../../serving/ingest.ts'
import { runSweep, type Sweep } from '../../serving/sweep.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { readFeatureSet } from '../../streams/features/set-file.ts'
import { getRows } from '../../streams/log/tables.ts'
import { parseDataset } from '../../streams/sources/dataset-file.ts'
import { memoryPlatform } from './memory-platform.ts'
import { act } from './small-platform.ts'

export const caseFile = (name: string): string => fileURLToPath(new URL(`cases/${name}`, import.meta.url))

/** The declaration of closes in a long table, New York's. */
export const LONG = `
dataset: d
layout: long
entityColumn: symbol
timeColumn: date
timeOfDay: "16:00"
timeZone: America/New_York
knownAt: { kind: lag, lagMicros: 300000000 }
columns:
  - { name: close, unit: USD }
prices: { column: close, currency: USD }
`

/** A set over data set `d` with staleness of a week. */
export const featuresText = (features: Readonly<Record<string, string>>): string =>
  [
    'set: s\nversion: 1\nentity: instrument\ndataset: d\nstaleness: 7d\nlag: 0s\nfeatures:',
    ...Object.entries(features).map(([name, formula]) => `  ${name}: { formula: "${formula}", unit: x }`),
  ].join('\n')

/** One ridge on `mom`, five sessions ahead, without costs. */
export const sweepOf = (construction: 'long-only' | 'long-short'): Sweep => ({
  family: 'dl',
  featureSet: 's@1',
  from: '2015-01-01',
  to: '2018-01-01',
  label: { dataset: 'd', formula: 'close / delay(close, {horizon}) - 1' },
  trainer: 'ridge',
  folds: 2,
  seed: 1,
  horizons: [5],
  alphas: [1],
  features: { mom: ['mom'] },
  portfolio: {
    construction,
    maxWeight: null,
    neutralise: null,
    spreadBps: 0,
    commissionBps: 0,
    borrowBps: 0,
    impact: null,
  },
})

type Research = Readonly<{
  path: string
  dataset: string
  features: Readonly<Record<string, string>>
  sweep: Sweep
}>

/** A platform to which a file has come, with a feature set over it. */
export async function ingested({ path, dataset, features }: Omit<Research, 'sweep'>) {
  const platform = await memoryPlatform()
  platform.moment.advanceTo(1_800_000_000_000_000)
  const spec = await parseDataset(dataset, 'd.yaml')
  await ingestFile(platform, { path, spec, actor: 'ann' })
  const set = defineSet(await readFeatureSet('f.yaml', featuresText(features)))
  await defineFeatures(platform, set, act('features'))
  return platform
}

/** The held-out sessions of the sweep's only run, and its metrics. */
export async function researched({ sweep, ...research }: Research) {
  const platform = await ingested(research)
  const [run] = await runSweep(platform, sweep, { actor: 'ann' })
  const { chunks, metrics } = platform.folds.experiments.state().runs[run]
  return { platform, days: daysFrom(await getRows(platform.chunks, chunks[2])), metrics }
}
