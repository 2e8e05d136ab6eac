/** Paths of artifacts: whose file it is, and where it lies below that. A path that climbs, or reads as another, is refused. */
import type {
  LoggedModelView,
  StoredFile,
  TrackedRun,
  TrackingState,
} from '../../projections/tracking/runs.ts'
import { refuse } from '../../schemas/kernel/fault.ts'

export type Owner =
  | Readonly<{ kind: 'run'; id: string; experiment: string }>
  | Readonly<{ kind: 'model'; id: string; experiment: string }>

export type ArtifactPlace = Readonly<{
  owner: Owner
  /** Below the owner's own folder; empty for that folder. */
  path: string
}>

const MOST_CHARACTERS = 1_024
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\\]/u

/** @throws Refusal `tracking.artifact-path`, `tracking.not-kept` */
export function artifactPlace(text: string): ArtifactPlace {
  const wrong = (problem: string) => refuse('tracking.artifact-path', { path: text.slice(0, 200), problem })
  if (text.length > MOST_CHARACTERS) throw wrong(`it has more than ${MOST_CHARACTERS} characters`)
  if (UNSEEN.test(text)) throw wrong('it has a backslash or a character that is not seen')
  const parts = text.replace(/\/$/, '').split('/')
  if (parts.some((part) => part === '..' || part === '.')) throw wrong('it climbs out of its folder')
  if (parts.some((part) => part === '')) throw wrong('it has an empty part, or begins at the root')
  if (parts.some((part) => /%2e|%2f|%5c/i.test(part))) throw wrong('it is encoded twice')
  const [experiment, second, third] = parts
  if (second === 'traces')
    throw refuse('tracking.not-kept', {
      problem: 'Traces of language models are not kept here',
      remedy: 'Turn tracing off (MLFLOW_ENABLE_TRACING=false), or send traces elsewhere.',
    })
  if (second === 'models' && third !== undefined && parts[3] === 'artifacts')
    return { owner: { kind: 'model', id: third, experiment }, path: parts.slice(4).join('/') }
  if (second !== undefined && third === 'artifacts')
    return { owner: { kind: 'run', id: second, experiment }, path: parts.slice(3).join('/') }
  throw wrong('it is neither <experiment>/<run>/artifacts/... nor <experiment>/models/<model>/artifacts/...')
}

/** The files of a run or a logged model. @throws Refusal `tracking.unknown-run`, `tracking.unknown-logged-model` */
export function ownerIn(
  { runs, models }: TrackingState,
  { kind, id, experiment }: Owner,
): TrackedRun | LoggedModelView {
  const found = kind === 'run' ? runs.get(id) : models.get(id)
  if (found !== undefined && found.experiment === experiment) return found
  throw kind === 'run'
    ? refuse('tracking.unknown-run', { run: id })
    : refuse('tracking.unknown-logged-model', { model: id })
}

export type Listed = Readonly<{ path: string; is_dir: boolean; file_size?: number }>

/** What lies in a folder, by the name that it has there. */
export function listing(files: ReadonlyMap<string, StoredFile>, folder: string): readonly Listed[] {
  const prefix = folder === '' ? '' : `${folder}/`
  const found = new Map<string, Listed>()
  for (const [path, { bytes }] of files) {
    if (!path.startsWith(prefix)) continue
    const [name, below] = path.slice(prefix.length).split('/', 2)
    found.set(
      name,
      below === undefined ? { path: name, is_dir: false, file_size: bytes } : { path: name, is_dir: true },
    )
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}
