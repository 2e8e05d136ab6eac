/** Searches over runs, experiments, logged models and registered ones: what may be asked of each, and what it is compared with. */
import { refuse } from '../../schemas/kernel/fault.ts'
import { type Condition, type Entities, type Order, parseFilter, parseOrder, wrongAt } from './filter.ts'
import { Effort, meets, type Reading, sorted, type Value } from './match.ts'
import type { RegisteredView, VersionView } from './registrations.ts'
import type { ExperimentView, LoggedModelView, TrackedRun } from './runs.ts'

type Kind = 'number' | 'text'

/** A kind of thing that is searched: what its attributes are called, and of what kind they are. */
type Subject<T> = Readonly<{
  entities: Entities
  /** Every spelling, with the name that it is read under. */
  attributes: Readonly<Record<string, Readonly<{ name: string; kind: Kind }>>>
  reading: Reading<T>
  /** Whether `!=` is met by what has no such value. */
  absent?: boolean
  /** What comes first where nothing is asked, and where all else is equal. */
  orders: readonly Order[]
}>

const ATTRIBUTES = {
  attribute: 'attributes',
  attributes: 'attributes',
  attr: 'attributes',
  run: 'attributes',
}
const TAGS = { tag: 'tags', tags: 'tags' }
const PARAMS = { param: 'params', params: 'params', parameter: 'params', parameters: 'params' }
const METRICS = { metric: 'metrics', metrics: 'metrics' }
const DATASETS = { dataset: 'datasets', datasets: 'datasets' }

const attribute = (kind: Kind, ...names: readonly [string, ...string[]]) =>
  Object.fromEntries(names.map((one) => [one, { name: names[0], kind }]))

const descending = (key: string): Order => ({ entity: 'attributes', key, isAscending: false })
const ascending = (key: string): Order => ({ entity: 'attributes', key, isAscending: true })

const inTexts = (thing: { tags: ReadonlyMap<string, string> }, entity: string, key: string): Value =>
  entity === 'tags' ? thing.tags.get(key) : undefined

export const RUNS: Subject<TrackedRun> = {
  entities: { ...ATTRIBUTES, ...TAGS, ...PARAMS, ...METRICS, ...DATASETS },
  attributes: {
    ...attribute('text', 'run_id', 'run id', 'id'),
    ...attribute('text', 'run_name', 'run name', 'Run name'),
    ...attribute('text', 'status', 'Status'),
    ...attribute('text', 'user_id', 'user', 'User'),
    ...attribute('text', 'artifact_uri'),
    ...attribute('number', 'start_time', 'created', 'Created'),
    ...attribute('number', 'end_time'),
  },
  reading(run, entity, key) {
    if (entity === 'metrics') return run.metrics.get(key)?.value
    if (entity === 'params') return run.params.get(key)
    if (entity === 'datasets') return run.inputs.map((one) => datasetValue(one, key))
    if (entity === 'tags') return run.tags.get(key)
    return attributeOf(run, key)
  },
  orders: [descending('start_time'), ascending('run_id')],
}

function attributeOf(run: TrackedRun, key: string): Value {
  switch (key) {
    case 'run_id':
      return run.run
    case 'run_name':
      return run.name
    case 'status':
      return run.status
    case 'user_id':
      return run.user
    case 'artifact_uri':
      return `mlflow-artifacts:/${run.experiment}/${run.run}/artifacts`
    case 'start_time':
      return run.startTime
    default:
      return key === 'end_time' ? run.endTime : undefined
  }
}

function datasetValue({ name, digest, tags }: TrackedRun['inputs'][number], key: string): Value {
  if (key === 'context') return tags.find((one) => one.key === 'mlflow.data.context')?.value
  return key === 'name' ? name : key === 'digest' ? digest : undefined
}

export const EXPERIMENTS: Subject<ExperimentView> = {
  entities: { ...ATTRIBUTES, ...TAGS },
  attributes: {
    ...attribute('text', 'name'),
    ...attribute('text', 'experiment_id'),
    ...attribute('number', 'creation_time'),
    ...attribute('number', 'last_update_time'),
  },
  reading(one, entity, key) {
    if (entity === 'tags') return inTexts(one, entity, key)
    const values: Readonly<Record<string, Value>> = {
      name: one.name,
      experiment_id: one.experiment,
      creation_time: one.created,
      last_update_time: one.updated,
    }
    return values[key]
  },
  orders: [descending('creation_time'), descending('experiment_id')],
}

export const LOGGED_MODELS: Subject<LoggedModelView> = {
  entities: { ...ATTRIBUTES, ...TAGS, ...PARAMS, ...METRICS },
  attributes: {
    ...attribute('text', 'name'),
    ...attribute('text', 'model_id'),
    ...attribute('text', 'model_type'),
    ...attribute('text', 'status'),
    ...attribute('text', 'source_run_id', 'run_id'),
    ...attribute('text', 'experiment_id'),
    ...attribute('number', 'creation_timestamp', 'creation_time', 'creation_timestamp_ms'),
    ...attribute('number', 'last_updated_timestamp', 'last_updated_timestamp_ms'),
  },
  reading(model, entity, key) {
    if (entity === 'tags') return inTexts(model, entity, key)
    if (entity === 'params') return model.params.get(key)
    if (entity === 'metrics')
      return [...model.metrics.values()].filter((one) => one.key === key).map(({ value }) => value)
    const values: Readonly<Record<string, Value>> = {
      name: model.name,
      model_id: model.loggedModel,
      model_type: model.modelType,
      status: model.status,
      source_run_id: model.run,
      experiment_id: model.experiment,
      creation_timestamp: model.created,
      last_updated_timestamp: model.updated,
    }
    return values[key]
  },
  orders: [descending('creation_timestamp'), ascending('model_id')],
}

export const REGISTERED: Subject<RegisteredView> = {
  entities: { ...ATTRIBUTES, ...TAGS },
  attributes: {
    ...attribute('text', 'name'),
    ...attribute('number', 'creation_timestamp'),
    ...attribute('number', 'last_updated_timestamp'),
  },
  reading(model, entity, key) {
    if (entity === 'tags') return inTexts(model, entity, key)
    const values: Readonly<Record<string, Value>> = {
      name: model.name,
      creation_timestamp: model.created,
      last_updated_timestamp: model.updated,
    }
    return values[key]
  },
  absent: true,
  orders: [ascending('name')],
}

export type NamedVersion = VersionView & Readonly<{ name: string }>

export const VERSIONS: Subject<NamedVersion> = {
  entities: { ...ATTRIBUTES, ...TAGS },
  attributes: {
    ...attribute('text', 'name'),
    ...attribute('text', 'run_id'),
    ...attribute('text', 'source_path', 'source'),
    ...attribute('number', 'version_number', 'version'),
    ...attribute('number', 'creation_timestamp'),
    ...attribute('number', 'last_updated_timestamp'),
  },
  reading(version, entity, key) {
    if (entity === 'tags') return inTexts(version, entity, key)
    const values: Readonly<Record<string, Value>> = {
      name: version.name,
      run_id: version.run,
      source_path: version.source,
      version_number: version.version,
      creation_timestamp: version.created,
      last_updated_timestamp: version.updated,
    }
    return values[key]
  },
  absent: true,
  orders: [descending('last_updated_timestamp'), ascending('name'), descending('version_number')],
}

/**
 * What of some things a filter lets through, in the order that is asked for.
 * @throws Refusal `tracking.filter`, `tracking.order`
 */
export function found<T>(
  things: Iterable<T>,
  subject: Subject<T>,
  { filter, orders }: Readonly<{ filter: string; orders: readonly string[] }>,
): readonly T[] {
  const { entities, reading, absent = false } = subject
  const conditions = parseFilter(filter, entities).map((condition) => checked(subject, filter, condition))
  const asked = orders.map((text) => {
    const order = parseOrder(text, entities)
    if (order.entity !== 'attributes') return order
    const { attributes } = subject
    if (!Object.hasOwn(attributes, order.key)) {
      const problem = `there is no attribute ${order.key}; there are ${namesOf(attributes)}`
      throw refuse('tracking.order', { text, problem })
    }
    return { ...order, key: attributes[order.key].name }
  })
  const matching: T[] = []
  const how = { reading, absent, effort: new Effort() }
  for (const thing of things) if (meets(thing, conditions, how)) matching.push(thing)
  return sorted(matching, [...asked, ...subject.orders], reading)
}

const namesOf = (attributes: Subject<never>['attributes']): string =>
  [...new Set(Object.values(attributes).map(({ name }) => name))].join(', ')

const OF_TEXT = ['=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN']
const OF_NUMBERS = ['=', '!=', '<', '<=', '>', '>=', 'IN', 'NOT IN']

/** The condition with the name that its attribute is read under. @throws Refusal `tracking.filter` */
function checked<T>({ attributes }: Subject<T>, filter: string, condition: Condition): Condition {
  const { entity, key, operator, values } = condition
  const own = entity === 'attributes' ? attributes[key] : undefined
  if (entity === 'attributes' && (own === undefined || !Object.hasOwn(attributes, key))) {
    throw wrongAt(filter, condition, `there is no attribute ${key}; there are ${namesOf(attributes)}`)
  }
  const kind: Kind = own?.kind ?? (entity === 'metrics' ? 'number' : 'text')
  if (operator.startsWith('IS')) return { ...condition, key: own?.name ?? key }
  if (!(kind === 'number' ? OF_NUMBERS : OF_TEXT).includes(operator))
    throw wrongAt(filter, condition, `${key} is a ${kind}, which ${operator} does not compare`)
  const typed = values.map((value) => {
    if (kind === 'text' && typeof value === 'number')
      throw wrongAt(filter, condition, `${key} is a text: write '${value}' in quotes`)
    const number = Number(value)
    if (kind === 'number' && (value === '' || Number.isNaN(number)))
      throw wrongAt(filter, condition, `${key} is a number, and '${value}' is none`)
    return kind === 'number' ? number : value
  })
  return { ...condition, key: own?.name ?? key, values: typed }
}
