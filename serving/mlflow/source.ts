/** Where the files of a registered version come from, and whether a run of the platform made one of them byte for byte. */
import type { ExperimentsState } from '../../projections/experiment/experiments.ts'
import type { StoredFile, TrackedRun, TrackingState } from '../../projections/tracking/runs.ts'
import { artifactPlace } from './artifact-path.ts'
import { artifactRootOf, modelRootOf } from './forms.ts'

const RUNS = /^runs:\/([^/]+)\/(.*)$/
const MODELS = /^models:\/(m-[^/]+)$/
const PROXY = /^mlflow-artifacts:\/+(?:[^/]+:\d+\/)?(.*)$/

type Source = Readonly<{
  /** As the client opens it: what it sent where it is none of ours. */
  uri: string
  files: ReadonlyMap<string, StoredFile>
  run: TrackedRun | undefined
}>

const NO_FILES: ReadonlyMap<string, StoredFile> = new Map()

/** @param run that the client names, where the source names none */
export function sourceOf(state: TrackingState, source: string, run: string): Source {
  const named = state.runs.get(run)
  const [, ofRun, folder = ''] = RUNS.exec(source) ?? []
  if (ofRun !== undefined) {
    const found = state.runs.get(ofRun)
    if (found === undefined) return { uri: source, files: NO_FILES, run: named }
    return { uri: `${artifactRootOf(state, found)}/${folder}`, files: below(found.files, folder), run: found }
  }
  const [, model] = MODELS.exec(source) ?? []
  const logged = model === undefined ? undefined : state.models.get(model)
  if (logged !== undefined)
    return { uri: modelRootOf(state, logged), files: logged.files, run: state.runs.get(logged.run) ?? named }
  const [, path] = PROXY.exec(source) ?? []
  if (path === undefined || path === '') return { uri: source, files: NO_FILES, run: named }
  const place = artifactPlace(path)
  const owner = place.owner.kind === 'run' ? state.runs.get(place.owner.id) : state.models.get(place.owner.id)
  return { uri: source, files: below(owner?.files ?? NO_FILES, place.path), run: named }
}

const below = (files: ReadonlyMap<string, StoredFile>, folder: string) =>
  folder === ''
    ? files
    : new Map([...files].filter(([path]) => path === folder || path.startsWith(`${folder}/`)))

/** The run of the platform that made one of these files, with the file. */
export function reproducedIn(
  { runs }: ExperimentsState,
  files: ReadonlyMap<string, StoredFile>,
): Readonly<{ run: string; artifact: string }> | null {
  const hashes = new Set([...files.values()].map(({ hash }) => hash))
  for (const [run, { status, artifact }] of Object.entries(runs))
    if (status === 'finished' && artifact !== null && hashes.has(artifact)) return { run, artifact }
  return null
}
