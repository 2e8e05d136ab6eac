/** `asof features check`, `leakage` and `restated`: what was handed out follows from the log, what looking ahead is worth, what rests on old values. */
import type { Command } from 'commander'
import { printableWord } from '../../schemas/kernel/name.ts'
import { type Restated, restatedIn } from '../lineage/restated.ts'
import { impactLines } from '../lineage/text.ts'
import { momentOf } from '../moment.ts'
import { type Checked, checkServed, differenceText } from '../retrieval/check.ts'
import { type Leakage, leakageOf } from '../retrieval/leakage.ts'
import { common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { table } from './table.ts'

export function addFeatureProof(features: Command): void {
  common(features.command('check'))
    .description(
      'compute again from the arrivals what was told, frozen and served of features, and compare bits; exits 1 where any differ',
    )
    .argument('[set]', 'name@version; all of them where it is left out')
    .action(async (set: string | undefined, _: unknown, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const progress = (done: number, of: number) => context.progress('events', done, of)
        const found = await checkServed(archive, set ?? null, progress)
        context.answer(checkedText(found), found)
        if (found.some(({ differing }) => differing > 0)) process.exitCode = 1
      })
    })

  common(features.command('leakage'))
    .description(
      'hold a training set as it was known at each decision against the same as it is known today, and train a run on both; records nothing',
    )
    .argument('<experiment>', 'a run, or a training set')
    .action(async (name: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const found = await leakageOf(archive, name)
        context.answer(leakageText(found), found)
      })
    })

  common(features.command('restated'))
    .description(
      'list the corrections of each data set, and the training sets, runs, approvals and predictions that used a value from before one',
    )
    .argument('[dataset]', 'one alone')
    .option('--at <moment>', 'as it was known then: now, a position or a time', 'now')
    .action(async (dataset: string | undefined, { at }: { at: string }, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const found = await restatedIn(archive, dataset ?? null, await momentOf(archive.log, at))
        context.answer(restatedText(found), found)
      })
    })
}

const WHAT: Readonly<Record<Checked['handed'], string>> = {
  values: 'moments of values that were told',
  'training sets': 'training sets that were frozen',
  'served online': 'answers that were served online',
}

function checkedText(found: readonly Checked[]): string {
  if (found.length === 0) return 'No feature set is defined, so that nothing was handed out.'
  return found
    .flatMap(({ set, handed, times, cells, differing, examples }) => [
      `${set}: ${times} ${WHAT[handed]}, ${cells} cells, ${differing === 0 ? 'all equal bit for bit' : `${differing} DIFFER`}`,
      ...examples.map((one) => `  ${printableWord(differenceText(one))}`),
    ])
    .join('\n')
}

function leakageText({ trainingSet, run, rows, cells, differing, features, metrics }: Leakage): string {
  const share = cells === 0 ? 0 : (100 * differing) / cells
  const head = `${trainingSet}: ${differing} of ${cells} cells (${share.toFixed(2)} %) of ${rows} rows differ today from what was known at their decisions`
  const lines = features.map((one) => [
    one.feature,
    ...[one.changed, one.onlyToday, one.onlyThen].map(String),
  ])
  const figures = metrics.map(({ metric, known, today }) => [metric, figureOf(known), figureOf(today)])
  return [
    head,
    table(['feature', 'changed', 'there only today', 'there only then'], lines),
    ...(run === null ? [] : [`${run}, held out:`, table(['', 'as known then', 'as known today'], figures)]),
  ].join('\n')
}

const figureOf = (value: number | null): string => value?.toPrecision(4) ?? ''

function restatedText(found: readonly Restated[]): string {
  if (found.length === 0) return 'No data set was corrected.'
  return found
    .flatMap(({ dataset, arrivals, rows, used }) => [
      `${dataset}: ${rows} rows were corrected by ${arrivals.length} arrivals, the last ${printableWord(arrivals.at(-1)?.source ?? '')} [${arrivals.at(-1)?.position}]`,
      'On values from before a correction rest:',
      ...impactLines(used),
    ])
    .join('\n')
}
