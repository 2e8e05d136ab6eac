/** A request for features into a question: views are feature sets, a feature service is a model in force. */
import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { MOST_ENTITIES, MOST_VALUES } from '../inference/limits.ts'
import type { Platform } from '../platform.ts'
import { assertKeys, columnsIn, flagIn, malformed } from './body.ts'
import type { Column, Entities, Json, Question, View } from './port.ts'

type Known = Pick<Platform, 'folds' | 'models'>

const KEYS = [
  'entities',
  'features',
  'feature_service',
  'full_feature_names',
  'include_feature_view_version_metadata',
  'as_of',
]

/**
 * @throws Refusal `feast.malformed`, `feast.unknown-view`, `online.unknown-feature`, `feast.unknown-service`, `feast.name-twice`,
 * `feast.join-key`, `feast.strange-entity`, `moment.malformed`
 */
export function questionOf(body: Json, known: Known): Question {
  assertKeys(body, KEYS)
  const columns = columnsAsked(body, known)
  const entities = entitiesIn(body, columns)
  const rows = [...entities.values()][0]?.told.length ?? 0
  if (rows > MOST_ENTITIES)
    throw malformed(`it asks for ${rows} entities: there are ${MOST_ENTITIES} at most`)
  if (rows * columns.length > MOST_VALUES)
    throw malformed(`it asks for ${rows * columns.length} values: there are ${MOST_VALUES} at most`)
  return { columns, entities, rows, asOf: asOfIn(body), withVersions: flagIn(body, KEYS[4]) }
}

function asOfIn({ as_of: asOf }: Json): number | null {
  if (asOf === undefined || asOf === null) return null
  if (typeof asOf !== 'string') throw malformed('as_of is no moment, such as 2010-01-29T21:05Z')
  return parseMoment(asOf)
}

function columnsAsked(body: Json, known: Known): readonly Column[] {
  const isFull = flagIn(body, 'full_feature_names')
  const { features, feature_service: service } = body
  const asked =
    service === undefined || service === null ? refsIn(features, known) : serviceNamed(service, known)
  const columns = asked.map(({ view, feature }) => {
    if (!view.spec.features.some(({ name }) => name === feature))
      throw refuse('online.unknown-feature', {
        feature,
        set: `${view.spec.set}@${view.spec.version}`,
        known: view.spec.features.map(({ name }) => name).join(', '),
      })
    return { view, feature, name: isFull ? `${view.name}__${feature}` : feature }
  })
  const twice = columns.find(({ name }, i) => columns.findIndex((one) => one.name === name) !== i)
  if (twice !== undefined) throw refuse('feast.name-twice', { name: twice.name })
  return columns
}

type Ref = Readonly<{ view: View; feature: string }>

/** `view:feature`, or `view@v2:feature` for a version that is not the newest. */
const REF = /^([^:@]+)(?:@[vV](\d{1,9}))?:([^:]+)$/

function refsIn(features: unknown, known: Known): readonly Ref[] {
  if (!Array.isArray(features) || features.length === 0)
    throw malformed('it names no features: send features, as ["view:feature"], or feature_service')
  return features.map((ref) => {
    const parts = typeof ref === 'string' ? REF.exec(ref) : null
    if (parts === null) throw malformed(`${JSON.stringify(ref)} is no view:feature`)
    const [, name, version, feature] = parts
    return { view: viewNamed(name, version === undefined ? null : Number(version), known), feature }
  })
}

/** The newest version, unless one is told. @throws Refusal `feast.unknown-view` */
export function viewNamed(name: string, version: number | null, { folds }: Pick<Known, 'folds'>): View {
  const { sets } = folds.features.state()
  const versions = Object.values(sets).flatMap(({ spec }) => (spec.set === name ? [spec] : []))
  const [newest] = versions.toSorted((a, b) => b.version - a.version)
  const spec = version === null ? newest : versions.find((one) => one.version === version)
  if (spec === undefined) {
    const named = version === null ? name : `${name} version ${version}`
    throw refuse('feast.unknown-view', { view: named, known: Object.keys(sets).join(', ') || 'none' })
  }
  return { name: version === null ? name : `${name}@v${version}`, spec }
}

/** The features of a model in force, in the order that it takes them. */
function serviceNamed(service: unknown, { folds, models }: Known): readonly Ref[] {
  const live = typeof service === 'string' ? models.inForce(service) : undefined
  if (live === undefined) {
    const inForce = models.all().map(({ model }) => model)
    throw refuse('feast.unknown-service', {
      service: String(service),
      models: inForce.join(', ') || 'none',
    })
  }
  const spec: FeatureSetSpec | undefined =
    folds.features.state().sets[`${live.featureSet}@${live.featureVersion}`]?.spec
  if (spec === undefined) throw refuse('feature.unknown-set', { set: live.featureSet })
  return live.run.features.map((feature) => ({ view: { name: spec.set, spec }, feature }))
}

function entitiesIn(body: Json, columns: readonly Column[]): ReadonlyMap<string, Entities> {
  const { columns: sent } = columnsIn(body, 'entities')
  for (const { view } of columns) {
    const { entity } = view.spec
    const found = [...sent.keys()].join(', ') || 'none'
    if (!sent.has(entity)) throw refuse('feast.join-key', { view: view.name, key: entity, found })
  }
  const strange = [...sent.keys()].find((key) => !columns.some(({ view }) => view.spec.entity === key))
  if (strange !== undefined) throw refuse('feast.strange-entity', { key: strange })
  return new Map([...sent].map(([key, told]) => [key, entitiesOf(key, told)]))
}

/** Names as the log has them: text. A whole number is the text of its digits, as in a file of rows. */
function entitiesOf(key: string, told: readonly unknown[]): Entities {
  const sent = told.map((one, row) => {
    if (typeof one === 'string' && one.isWellFormed()) return one
    if (typeof one === 'number' && Number.isSafeInteger(one)) return one
    throw malformed(`row ${row} of ${key} is neither a text nor a whole number`)
  })
  return { told: sent, names: sent.map(String) }
}
