/** `asof artifact`: the file of a run and what it was made with, and an OpenSSF Model Signing bundle over both, in a folder that the stock verifier checks. */
import { createPublicKey } from 'node:crypto'
import { type EventOf, isEvent } from '../../schemas/event.ts'
import { RunFinished, RunStarted } from '../../schemas/events/experiment.ts'
import { TrainerAdmitted } from '../../schemas/events/trainer.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { isForeign } from '../../schemas/reaction.ts'
import type { Archive } from '../archive.ts'
import { isTaken, putFolder } from '../put-out.ts'
import { identityIn, ownNoteSigner } from '../sealing.ts'
import { artifactKey, endorsement } from './key.ts'
import { bundleOver, SIGNATURE_FILE } from './model-signing.ts'
import { packagesOf } from './packages.ts'
import { sbomOf } from './sbom.ts'

export type Put = Readonly<{ run: string; artifact: string; folder: string; files: readonly string[] }>

/**
 * @param asked.artifact a run by its name, or the first digits of the SHA-256 of its file
 * @throws Refusal `export.folder-taken`, `artifact.unknown`, `seal.missing`, `key.malformed`, `chunk.missing`, `chunk.damaged`
 */
export async function putArtifact(
  archive: Pick<Archive, 'folder' | 'log' | 'chunks'>,
  { artifact: asked, to }: Readonly<{ artifact: string; to: string }>,
): Promise<Put> {
  if (isTaken(to)) throw refuse('export.folder-taken', { folder: to })
  const { folder, chunks } = archive
  const { started, finished, admitted } = await runOf(archive, asked)
  const { run, artifact } = finished.data
  const log = identityIn(folder)
  if (log === null) throw refuse('seal.missing', { folder: folder.seal })
  const trainer = admitted?.data ?? null
  const code = trainer === null ? null : await chunks.get(trainer.code)
  const made = { run: started, artifact, finished: finished.recordedAt, trainer }
  const key = artifactKey(folder.keys)
  const files = new Map<string, Uint8Array>([
    ['model.onnx', await chunks.get(artifact)],
    ['sbom.cdx.json', Buffer.from(sbomOf({ ...made, packages: packagesOf(started, { trainer, code }) }))],
    ['artifact-key.pem', Buffer.from(createPublicKey(key).export({ type: 'spki', format: 'pem' }))],
    ['artifact-key.note', Buffer.from(endorsement(log, key, ownNoteSigner(folder)))],
  ])
  const bundle = bundleOver(run, files, key)
  putFolder(to, [...files, [SIGNATURE_FILE, bundle]])
  return { run, artifact, folder: to, files: [...files.keys(), SIGNATURE_FILE] }
}

/** At least 8 digits of a SHA-256. */
const HASH = /^[0-9a-f]{8,64}$/

type Origin = Readonly<{
  started: EventOf<typeof RunStarted>['data']
  finished: EventOf<typeof RunFinished>
  /** Its trainer as it was admitted last before the run began. */
  admitted: EventOf<typeof TrainerAdmitted> | null
}>

async function runOf({ log }: Pick<Archive, 'log'>, asked: string): Promise<Origin> {
  const started = new Map<string, Pick<Origin, 'started' | 'admitted'>>()
  const admitted = new Map<string, EventOf<typeof TrainerAdmitted>>()
  let found: Origin | null = null
  const types = [RunStarted.type, RunFinished.type, TrainerAdmitted.type]
  for await (const batch of log.readAll(1, { types }))
    for (const event of batch) {
      if (isForeign(event)) continue
      if (isEvent(TrainerAdmitted, event)) admitted.set(event.data.trainer, event)
      if (isEvent(RunStarted, event))
        started.set(event.data.run, {
          started: event.data,
          admitted: admitted.get(event.data.trainer) ?? null,
        })
      if (!isEvent(RunFinished, event)) continue
      const { run, artifact } = event.data
      const origin = started.get(run)
      const isAsked = run === asked || (HASH.test(asked) && artifact.startsWith(asked))
      if (origin !== undefined && isAsked) found = { ...origin, finished: event }
    }
  if (found === null) throw refuse('artifact.unknown', { artifact: asked })
  return found
}
