/** `asof predictions`: all that a model said. `asof predict`: what a model in force says of its latest session, or of entities at the moment asked. */
import type { Command } from 'commander'
import { sessionDate } from '../../schemas/calendar.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'
import { predictionMake, predictionServe } from '../commands/prediction.ts'
import { predictionsAnswer } from '../retrieval/predictions.ts'
import { type Context, common, contextOf } from './context.ts'
import { addPartition, assertOutput, type Output, putAnswer } from './output.ts'
import { withArchive } from './platform.ts'
import { performed } from './site.ts'
import { table } from './table.ts'

type Options = { entity?: string[]; asOf?: string }

export function addPredict(program: Command): void {
  addPartition(common(program.command('predictions')))
    .description('write all that a model said of its sessions, a row for each session and entity')
    .argument('<model>', 'the model')
    .requiredOption('-o, --output <path>', 'write .parquet, .arrow (Feather) or .arrows (a stream)')
    .action(async (model: string, options: Output, command: Command) => {
      const context = contextOf(command)
      assertOutput(options)
      await withArchive(context, async (archive) => {
        const told = await predictionsAnswer(archive, model)
        const { text, data, rows } = await putAnswer(context, told, options)
        const what = `${options.output}: ${rows} rows that ${model} said; ${text}`
        context.answer(what, { model, about: told.schema.about, ...data })
      })
    })

  common(program.command('predict'))
    .description(
      'make what predictions are due and print the latest of a model; or ask it about entities, by their features as of a moment',
    )
    .argument('<model>', 'the model')
    .option('-e, --entity <name...>', 'ask about these, and record what is answered')
    .option('--as-of <moment>', 'by the features as they were known then, and not now')
    .action(async (model: string, { entity, asOf }: Options, command: Command) => {
      if (entity !== undefined) await serve(contextOf(command), { model, entities: entity, asOf })
      else if (asOf !== undefined)
        command.error('error: --as-of says at which moment entities are asked about: --entity')
      else await make(contextOf(command), model)
    })
}

async function make(context: Context, model: string): Promise<void> {
  const { answer } = await performed(context, predictionMake, { input: { model } })
  const { position, knownAt, approvals, ...prediction } = answer
  const lines = prediction.rows.map((row) => [
    row.entity,
    row.score?.toPrecision(4) ?? 'no score',
    row.target.toFixed(4),
    row.weight.toFixed(4),
  ])
  const head = [
    `${model} for the session of ${sessionDate(prediction.session)}, log position ${position}`,
    prediction.backfilled
      ? `BACK-FILLED at ${formatMoment(knownAt)}, after it could have been traded: do not trade it`
      : `decided at ${formatMoment(knownAt)}`,
    `model file ${prediction.artifact}, approved by ${approvals.join(', ')}`,
    `features of position ${prediction.features}, hash ${prediction.featureHash}`,
  ]
  const text = [...head, table(['entity', 'score', 'target', 'weight'], lines)].join('\n')
  context.answer(text, answer)
}

type Asked = Readonly<{ model: string; entities: string[]; asOf: string | undefined }>

async function serve(context: Context, { model, entities, asOf }: Asked): Promise<void> {
  const input = { model, entities, ...(asOf !== undefined && { asOf }) }
  const { answer, position } = await performed(context, predictionServe, { input })
  const { artifact, promotion, approvals, featureSet, featureVersion, moment, readAt, rows } = answer
  const head = [
    `${model} as of ${formatMoment(moment)}, log position ${position}`,
    `model file ${artifact}, promoted at position ${promotion}, approved by ${approvals.join(', ')}`,
    `features ${featureSet}@${featureVersion}, with all that had come by position ${readAt}`,
  ]
  const lines = rows.map((row) => [row.entity, row.score.toPrecision(6), formatMoment(row.featureTime)])
  context.answer([...head, table(['entity', 'score', 'features of'], lines)].join('\n'), {
    ...answer,
    position,
  })
}
