/** `asof trials` and `asof report`: every trial that was ever started, and what the gate said. */
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { z } from 'zod'
import { proveClaim } from '../../projections/experiment/claim.ts'
import { type ExperimentsState, experiments, trialIn } from '../../projections/experiment/experiments.ts'
import { registry } from '../../projections/model/registry.ts'
import { foldTo } from '../../projections/runner.ts'
import { NO_STORE } from '../../projections/store.ts'
import type { Position } from '../../schemas/envelope.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { assertFolderOf, putFile } from '../put-out.ts'
import { pageOfReport } from '../report-page.ts'
import { readSpec } from '../spec-file.ts'
import { type Context, common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { table } from './table.ts'

/** What the platform knows of a trial that somebody attests. */
const ATTESTED = {
  metrics: {} as Record<string, number>,
  artifact: null,
  missing: ['reproduction by the platform'],
}

/** A claim about a strategy states the trials that it was chosen from. */
const claimSpec = z.strictObject({ family: z.string(), trials: z.array(z.string()) })

export function addTrials(program: Command): void {
  common(program.command('trials'))
    .description('list every trial that was started, by family; with a claim, prove that it lists them all')
    .argument('[family]', 'only this family')
    .option(
      '--claim <file>',
      'YAML or JSON with family and trials; exits 1 where it leaves one out or invents one',
    )
    .action(async (family: string | undefined, options: { claim?: string }, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async ({ log, confirmed }) => {
        // It is called proof, so it follows from the log, and from no cache.
        const { state, position } = await foldTo(log, NO_STORE, experiments, { confirmed: await confirmed() })
        if (options.claim !== undefined) return proved(context, state, { path: options.claim, position })
        const rows = trialsOf(state, family)
        const lines = rows.map((row) => [
          row.family,
          row.run,
          String(row.position),
          row.status,
          row.sharpe?.toFixed(2) ?? '',
        ])
        const text = [
          table(['family', 'run', 'position', 'status', 'net Sharpe'], lines),
          `${rows.length} trials`,
        ]
        context.answer(text.join('\n'), rows)
      })
    })

  common(program.command('report'))
    .description("write the gate's report on a model: the JSON that is signed, and the page that shows it")
    .argument('<model>', 'the model')
    .option(
      '--artifact <digest>',
      'the model file, or how its digest begins; the one in force, or else the latest, unless given',
    )
    .option('--out <path>', 'where to write to, without ending', 'report')
    .action(async (model: string, options: { artifact?: string; out: string }, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async ({ log, chunks, confirmed }) => {
        const { state } = await foldTo(log, NO_STORE, registry, { confirmed: await confirmed() })
        const view = state.models[model]
        const wanted = options.artifact ?? view?.live?.artifact ?? ''
        const reports = Object.values(view?.reports ?? {})
          .filter((report) => report.artifact.startsWith(wanted))
          .sort((a, b) => b.position - a.position)
        const [report] = reports
        if (report === undefined)
          throw refuse('model.no-report', { model, artifact: options.artifact ?? 'of any run' })
        const paths = [`${options.out}.json`, `${options.out}.html`]
        for (const path of paths) assertFolderOf(path)
        const page = await pageOfReport(chunks, report.report)
        const bytes = [await chunks.get(report.report), page]
        for (const [i, path] of paths.entries())
          await putFile(path, async (part) => writeFileSync(part, bytes[i], { flag: 'wx' }))
        const text = `${report.run}: ${report.verdict}, report ${report.report}\nwritten to ${paths.join(' and ')}`
        context.answer(text, { run: report.run, verdict: report.verdict, report: report.report, paths })
      })
    })
}

type Claimed = Readonly<{ path: string; position: Position }>

async function proved(context: Context, state: ExperimentsState, { path, position }: Claimed): Promise<void> {
  const claim = await readSpec(path, claimSpec)
  const found = proveClaim(state, claim)
  const verdict = found.complete ? 'complete' : 'NOT complete'
  const lines = [
    `The claim is ${verdict}: ${found.started} trials of ${claim.family} stand in the log up to position ${position}.`,
    ...found.missing.map(
      ({ run, status, started }) => `  left out: ${run} (${status}, started at ${started})`,
    ),
    ...found.unknown.map((run) => `  never started: ${run}`),
    ...found.repeated.map((run) => `  listed twice: ${run}`),
    ...found.related.map(
      ({ run, family, started, relation }) =>
        `  same ${relation}, other family: ${run} of ${family} (started at ${started})`,
    ),
  ]
  context.answer(lines.join('\n'), { position, ...found })
  if (!found.complete) process.exitCode = 1
}

/** Of one family, or of all. @throws Refusal `experiment.unknown-family` */
function trialsOf(state: ExperimentsState, wanted: string | undefined) {
  const all = Object.keys(state.families)
  if (wanted !== undefined && !Object.hasOwn(state.families, wanted))
    throw refuse('experiment.unknown-family', { family: wanted, families: all.join(', ') || 'none yet' })
  return (wanted === undefined ? all : [wanted]).flatMap((family) =>
    (state.families[family] ?? []).map((run) => {
      const { status, started } = trialIn(state, run)
      const { metrics, artifact, missing } = state.runs[run] ?? ATTESTED
      const sharpe = metrics.sharpe_annual ?? null
      return { family, run, position: started, status, sharpe, artifact, missing }
    }),
  )
}
