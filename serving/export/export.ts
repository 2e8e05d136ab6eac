/** `asof export`: a model in force as a folder that other servers run. The same model gives the same bytes. */
import { isBuiltIn } from '../../schemas/events/experiment.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Archive } from '../archive.ts'
import { isTaken, putFolder } from '../put-out.ts'
import { modelIn } from './found.ts'
import { filesOf } from './written.ts'

export type Exported = Readonly<{
  model: string
  version: string
  artifact: string
  approvals: readonly string[]
  folder: string
  files: readonly string[]
}>

/** A name of a model may be a path: what is written stays in the folder that was named. */
export const FOLDER_NAME = /^(?!\.)[\w.-]{1,100}$/

/**
 * @param asked.storage where KServe will find the folder: a URI of its own
 * @throws Refusal `export.folder-taken`, `export.name`, `export.other-trainer`, `model.not-in-force`, `export.not-as-approved`
 */
export async function exportModel(
  archive: Pick<Archive, 'folder' | 'log' | 'chunks' | 'confirmed'>,
  { model, to, storage }: Readonly<{ model: string; to: string; storage: string }>,
): Promise<Exported> {
  if (isTaken(to)) throw refuse('export.folder-taken', { folder: to })
  const found = await modelIn(archive, model)
  if (!FOLDER_NAME.test(model)) throw refuse('export.name', { model })
  const { run } = found.live
  // What is written names the input and output that built-in training writes.
  if (!isBuiltIn(run)) throw refuse('export.other-trainer', { model, trainer: run.trainer })
  const files = filesOf(found, storage)
  putFolder(to, files)
  const { live, statements } = found
  return {
    ...{ model, version: String(live.promotion), artifact: live.artifact, folder: to },
    approvals: [...statements.keys()],
    files: [...files.keys()].sort(),
  }
}
