/** `asof export`: a model in force, for other servers. */
import type { Command } from 'commander'
import { jewelOf } from '../../schemas/jewel.ts'
import { exportModel } from '../export/export.ts'
import { common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'
import { recordTaken } from './taken.ts'

export function addExport(program: Command): void {
  common(program.command('export'))
    .description(
      'write a model in force as a folder for Triton, MLServer, KServe and a container, with what its committee signed',
    )
    .argument('<model>', 'the model')
    .requiredOption('--to <folder>', 'an empty folder, or one that is not there')
    .option('--storage <uri>', 'where KServe will find the folder', 's3://models')
    .action(async (model: string, { to, storage }: { to: string; storage: string }, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        await recordTaken(context, jewelOf('model', model), 'asof export')
        const told = await exportModel(archive, { model, to, storage })
        const text = [
          `${model}, version ${told.version}, is in ${told.folder}: ${told.files.length} files`,
          `model file ${told.artifact}, signed by ${told.approvals.join(', ') || 'nobody'}`,
        ]
        context.answer(text.join('\n'), told)
      })
    })
}
