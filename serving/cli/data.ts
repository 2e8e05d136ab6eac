/** `asof features`: what is computed from data; and the commands that bring it in. */
import { basename } from 'node:path'
import type { Command } from 'commander'
import { readFeatureSet } from '../../streams/features/set-file.ts'
import { featureDefine } from '../commands/feature.ts'
import { writtenText } from '../spec-file.ts'
import { common, contextOf } from './context.ts'
import { addDatasets } from './datasets.ts'
import { addIngest } from './ingest.ts'
import { performed } from './site.ts'

export function addData(program: Command): void {
  addIngest(program)
  addDatasets(program)

  common(program.command('features'))
    .description('define a feature set from a YAML file and compute it over what has arrived')
    .argument('<file>', 'the definition')
    .action(async (path: string, _: unknown, command: Command) => {
      const context = contextOf(command)
      const draft = await readFeatureSet(basename(path), writtenText(path))
      const { changed, answer } = await performed(context, featureDefine, { input: { set: draft } })
      const { rows, ...set } = answer
      const what = `${set.set}@${set.version} ${changed ? 'is defined' : 'was defined already'}`
      context.answer(`${what}: ${set.features.length} features, ${rows} rows, hash ${set.hash}`, {
        ...set,
        rows,
        changed,
      })
    })
}
