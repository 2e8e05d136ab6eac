/** `asof artifact`: the file of a run, signed as OpenSSF Model Signing has it. */
import type { Command } from 'commander'
import { putArtifact } from '../artifacts/put.ts'
import { common, contextOf } from './context.ts'
import { withArchive } from './platform.ts'

export function addArtifact(program: Command): void {
  common(program.command('artifact'))
    .description(
      'write the model file of a run with an OpenSSF Model Signing bundle, which stock verifiers check',
    )
    .argument('<artifact>', 'a run, or the first digits of the SHA-256 of its file')
    .requiredOption('--to <folder>', 'an empty folder, or one that is not there')
    .action(async (artifact: string, { to }: { to: string }, command: Command) => {
      const context = contextOf(command)
      await withArchive(context, async (archive) => {
        const put = await putArtifact(archive, { artifact, to })
        const text = `the file of ${put.run}, ${put.artifact}, is in ${to}\ncheck it with: model_signing verify key ${to} --signature ${to}/model.sig --public_key ${to}/artifact-key.pem`
        context.answer(text, put)
      })
    })
}
