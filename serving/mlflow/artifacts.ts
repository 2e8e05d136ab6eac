/** MLflow's artifact proxy: files of runs and logged models, streamed in and out, kept under their hashes. */
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { loggedModel, loggedModelStream } from '../../commands/tracking/logged-model.ts'
import { trackedRun, trackedRunStream } from '../../commands/tracking/run.ts'
import { type Jewel, jewelOf } from '../../schemas/jewel.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import type { Caller } from '../access/egress.ts'
import { artifactPlace, listing, type Owner, ownerIn } from './artifact-path.ts'
import { artifactRootOf } from './forms.ts'
import { ofRun, runIdIn, text } from './input.ts'
import { type Asking, defineRoute, type Office, type Route } from './route.ts'
import { runIn } from './run-state.ts'

const AT = '/api/2.0/mlflow-artifacts'

type Upload = Readonly<{ path: string; bytes: Readable; told: number | null }>

/** @throws Refusal as the path, the owner and the store refuse; `tracking.run-sealed`, `tracking.model-sealed` */
export async function storeArtifact(
  { desk, artifacts }: Office,
  { path: whole, bytes, told }: Upload,
  { subject, commandId }: Asking,
): Promise<void> {
  const { owner, path } = artifactPlace(whole)
  if (path === '') throw refuse('tracking.artifact-path', { path: whole, problem: 'it names no file' })
  const { files } = ownerIn(await desk.runs(), owner)
  const clash = [...files.keys()].find((one) => one.startsWith(`${path}/`) || path.startsWith(`${one}/`))
  if (clash !== undefined)
    throw refuse('tracking.artifact-path', { path: whole, problem: `${clash} is there: a file is no folder` })
  const stored = await artifacts.put(bytes, { path: whole, told })
  // Other bytes under the caller's key are another file.
  const by = { commandId: `${commandId}:${stored.hash}`, subject }
  if (owner.kind === 'run') {
    const command = { kind: 'store', file: { run: owner.id, path, ...stored } } as const
    await desk.act(trackedRun, { stream: trackedRunStream(owner.id), command, ...by })
  } else {
    const command = { kind: 'store', file: { loggedModel: owner.id, path, ...stored } } as const
    await desk.act(loggedModel, { stream: loggedModelStream(owner.id), command, ...by })
  }
}

const jewelIn = ({ kind, id }: Owner): Jewel => jewelOf(kind === 'run' ? 'run' : 'logged-model', id)

/**
 * A file of somebody who may have it; that he takes it is recorded before its first byte is read. A folder directly below a run is
 * one artifact, and so is a logged model.
 * @throws Refusal `tracking.unknown-artifact`, `grant.none`, `grant.spent`
 */
export async function readArtifact({ desk, artifacts, egress }: Office, whole: string, caller: Caller) {
  const { owner, path } = artifactPlace(whole)
  const item = jewelIn(owner)
  const { files } = ownerIn(await desk.runs(), owner)
  const file = files.get(path)
  // Whoever may not have it is not told whether it is there.
  if (file === undefined) await egress.list(caller, item)
  if (file === undefined) throw refuse('tracking.unknown-artifact', { path: whole })
  const { bytes, hash } = file
  const artifact = owner.kind === 'run' ? `${item}/${path.split('/', 1)[0]}` : item
  await egress.take(caller, { item, artifact, hash, bytes })
  return { bytes, hash, parts: artifacts.get(hash) }
}

/** Hides a file of a run that is not sealed: its bytes, and that it was there, stay. */
export async function removeArtifact(
  { desk }: Office,
  whole: string,
  { subject, commandId }: Asking,
): Promise<void> {
  const { owner, path } = artifactPlace(whole)
  ownerIn(await desk.runs(), owner)
  if (owner.kind === 'model')
    throw refuse('tracking.not-kept', {
      problem: 'Files of a logged model are not deleted one by one',
      remedy: 'Delete the logged model.',
    })
  const command = { kind: 'take away', run: owner.id, path } as const
  await desk.act(trackedRun, { stream: trackedRunStream(owner.id), command, commandId, subject })
}

export const ARTIFACT_ROUTES: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: `${AT}/artifacts`,
    permission: 'read',
    about: 'MLflow: what lies in a folder of artifacts.',
    hands: 'listing',
    input: z.object({ path: text }),
    async answer({ desk, egress }, { path: whole }, { caller }) {
      if (whole === '') {
        // There is nothing at the root.
        caller.released('listed')
        return {}
      }
      const { owner, path } = artifactPlace(whole)
      await egress.list(caller, jewelIn(owner))
      const files = listing(ownerIn(await desk.runs(), owner).files, path)
      return files.length === 0 ? {} : { files }
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/2.0/mlflow/artifacts/list',
    permission: 'read',
    about: 'MLflow: what lies in a folder of a run.',
    hands: 'listing',
    input: ofRun.extend({ path: text }),
    async answer({ desk, egress }, { path, ...sent }, { caller }) {
      await egress.list(caller, jewelOf('run', runIdIn(sent)))
      const state = await desk.runs()
      const run = runIn(state, runIdIn(sent))
      if (path !== '') artifactPlace(`${run.experiment}/${run.run}/artifacts/${path}`)
      const files = listing(run.files, path).map((one) => ({
        ...one,
        path: path === '' ? one.path : `${path}/${one.path}`,
      }))
      return { root_uri: artifactRootOf(state, run), ...(files.length > 0 && { files }) }
    },
  }),
  ...['create', 'complete', 'abort'].map((step) =>
    defineRoute({
      method: 'POST',
      path: `${AT}/mpu/${step}/*`,
      permission: 'experiment.run',
      about: 'MLflow: uploads in parts, which the client then does without.',
      input: z.unknown(),
      async answer() {
        // The client looks for the beginning of this sentence.
        throw refuse('tracking.not-kept', {
          problem: 'Multipart upload is not supported for the current artifact repository',
          remedy: 'Send the file in one piece: it is streamed, whatever its size.',
        })
      },
    }),
  ),
]
