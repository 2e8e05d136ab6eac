/**
 * What a model's file was made of and with, as CycloneDX 1.6: its training set, its trainer and commit, and the packages. A package is
 * named where a digest in the log proves that it is the one: this platform's own where the run had this very environment, and those of a
 * trainer where its commit has the lockfile.
 */
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library'
import { isBuiltIn, type RunSpec } from '../../schemas/events/experiment.ts'
import type { TrainerSpec } from '../../schemas/events/trainer.ts'
import { type Digest, sha256 } from '../../schemas/kernel/canonical.ts'
import { formatMoment, type Micros } from '../../schemas/kernel/time.ts'

/** `hash`: of the archive that was installed, in hexadecimal digits of SHA-512; null where it is not known. */
export type Package = Readonly<{
  ecosystem: 'npm' | 'pypi'
  name: string
  version: string
  hash: string | null
}>

export type Made = Readonly<{
  run: RunSpec
  artifact: Digest
  finished: Micros
  /** Null for one that is built in. */
  trainer: TrainerSpec | null
  packages: readonly Package[]
}>

const { ComponentType, HashAlgorithm } = Enums
const hashed = (digest: string) => new Models.HashDictionary([[HashAlgorithm['SHA-256'], digest]])

/** The same run gives the same bytes. */
export function sbomOf({ run, artifact, finished, trainer, packages }: Made): string {
  const model = new Models.Component(ComponentType.MachineLearningModel, run.run, {
    ...{ bomRef: `model:${artifact}`, version: artifact, group: run.family, hashes: hashed(artifact) },
    properties: propertiesOf(run),
  })
  const data = new Models.Component(ComponentType.Data, run.trainingSet, {
    ...{ bomRef: `data:${run.trainingSetHash}`, version: run.trainingSetHash },
    hashes: hashed(run.trainingSetHash),
  })
  const program = programOf(run, trainer)
  const libraries = packages.map(libraryOf)
  const bom = new Models.Bom({
    serialNumber: `urn:uuid:${uuidOf(artifact)}`,
    metadata: new Models.Metadata({ component: model, timestamp: new Date(formatMoment(finished)) }),
    components: new Models.ComponentRepository([data, program, ...libraries]),
  })
  for (const one of [data, program]) model.dependencies.add(one.bomRef)
  for (const one of libraries) program.dependencies.add(one.bomRef)
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6)
  const options = { sortLists: true, space: 2 }
  return `${new Serialize.JsonSerializer(factory).serialize(bom, options)}\n`
}

function propertiesOf({ trainer, seed, params, features, folds }: RunSpec) {
  const said: Readonly<Record<string, string>> = {
    ...{ trainer, seed: String(seed), folds: String(folds), features: features.join(' ') },
    ...Object.fromEntries(params.map(({ name, value }) => [`param:${name}`, String(value)])),
  }
  return new Models.PropertyRepository(
    Object.entries(said).map(([name, value]) => new Models.Property(`asof:${name}`, value)),
  )
}

/** What trained it: the platform, or the commit of a trainer. */
function programOf(run: RunSpec, trainer: TrainerSpec | null) {
  const environment =
    run.environment === null ? [] : [new Models.Property('asof:environment', run.environment)]
  const isOwn = isBuiltIn(run) || trainer === null
  const lockfile = trainer?.lockfile ?? null
  const locked =
    lockfile === null ? [] : [new Models.Property(`asof:lockfile:${lockfile.path}`, lockfile.sha256)]
  return new Models.Component(ComponentType.Application, isOwn ? 'asof' : trainer.trainer, {
    bomRef: `trainer:${run.trainer}`,
    version: run.commit?.sha ?? 'unknown',
    ...(!isOwn && { hashes: hashed(trainer.code) }),
    properties: new Models.PropertyRepository([...environment, ...locked]),
  })
}

function libraryOf({ ecosystem, name, version, hash }: Package) {
  const path = name.split('/').map(encodeURIComponent).join('/')
  const purl = `pkg:${ecosystem}/${path}@${encodeURIComponent(version)}`
  return new Models.Component(ComponentType.Library, name, {
    ...{ bomRef: purl, purl, version },
    ...(hash !== null && { hashes: new Models.HashDictionary([[HashAlgorithm['SHA-512'], hash]]) }),
  })
}

/** RFC 9562, version 8: its bits are the artifact's. */
function uuidOf(artifact: Digest): string {
  const digits = sha256(`asof sbom ${artifact}`)
  return [
    ...[digits.slice(0, 8), digits.slice(8, 12), `8${digits.slice(13, 16)}`],
    ...[`a${digits.slice(17, 20)}`, digits.slice(20, 32)],
  ].join('-')
}
