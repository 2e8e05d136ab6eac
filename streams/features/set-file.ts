/** Reads a feature set from its YAML file. What is wrong is named with the file, the key and the remedy. */
import { z } from 'zod'
import { refuse } from '../../schemas/kernel/fault.ts'
import { readYaml } from '../sources/yaml.ts'
import type { FeatureSetDraft } from './definition.ts'
import { parseDuration } from './duration.ts'

/**
 * The most sessions that two consecutive rows of a window may lie apart where a file does not say. Longer than nearly every halt;
 * what comes back later is another story, and often another instrument.
 */
export const MAX_GAP_SESSIONS = 90

const GAP = 'must be a whole number of sessions from 1, or none'
const STALENESS = 'must be a length of time such as 120d, or none'
const NAME = /^[a-z0-9][a-z0-9.-]*$/
const FEATURE_NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/
const WORD = /^[A-Za-z_][A-Za-z0-9_]*$/

const duration = (example: string) =>
  z
    .string(`must be a length of time such as ${example}`)
    .refine((text) => parseDuration(text) !== null, `must be a length of time such as ${example}`)
    .transform((text) => parseDuration(text) ?? 0)

const named = (what: string) =>
  z.string(`must be ${what}`).regex(NAME, `must be ${what}, in lower-case letters, digits, dots and dashes`)

const formula = z
  .union([z.string(), z.number()], 'must be a formula, such as ts_mean(close, 20)')
  .transform(String)

const join = z.strictObject({
  dataset: named('the name of a data set').optional(),
  entity: z.string('must name an entity of that data set').min(1, 'must name an entity').default(''),
  staleness: z.union([z.literal('none').transform(() => 0), duration('120d')], STALENESS),
})

const file = z.strictObject({
  set: named('the name of the set'),
  version: z.int('must be a whole number from 1').positive('must be a whole number from 1'),
  entity: z.string('must say what a row is about, for example instrument').min(1, 'must not be empty'),
  dataset: named('the name of a data set'),
  staleness: duration('10d').refine((micros) => micros > 0, 'must be longer than nothing'),
  lag: duration('0s'),
  maxGap: z
    .union([z.literal('none').transform(() => 0), z.int(GAP).positive(GAP)], GAP)
    .default(MAX_GAP_SESSIONS),
  join: z
    .record(
      z.string().regex(WORD, 'must be a word of letters, digits and "_"'),
      join,
      'must map each name to a data set',
    )
    .default({}),
  define: z
    .record(
      z.string().regex(WORD, 'must be a word of letters, digits and "_"'),
      formula,
      'must map each name to a formula',
    )
    .default({}),
  features: z.record(
    z.string().regex(FEATURE_NAME, 'must be a word of letters, digits, "_", "." and "-"'),
    z.preprocess(
      (given) => (typeof given === 'string' || typeof given === 'number' ? { formula: given } : given),
      z.strictObject({
        formula,
        unit: z.string('must be the unit of the value, or "" where it has none').optional(),
      }),
    ),
    'must map each name to its formula and unit',
  ),
})

/**
 * The set that a YAML file describes. `name` is what people call the file. Features keep the order of the file, which is
 * the order of the feature vector.
 * @throws Refusal `feature.file-invalid`, `reader.not-started`
 */
export async function readFeatureSet(name: string, text: string): Promise<Required<FeatureSetDraft>> {
  const read = await readYaml(text)
  if (!read.ok) {
    const { line, column, why } = read.error
    const key = `line ${line}, column ${column}`
    throw refuse('feature.file-invalid', { file: name, key, problem: why, remedy: 'Correct the YAML there.' })
  }
  const parsed = file.safeParse(read.value)
  if (!parsed.success) throw refusalOf(name, parsed.error.issues[0])
  const {
    set,
    version,
    entity,
    dataset,
    staleness,
    lag,
    maxGap,
    features,
    join: joined,
    define,
  } = parsed.data
  if (Object.keys(features).length === 0) throw refusalOf(name, { ...NO_FEATURES, path: ['features'] })
  return {
    set,
    version,
    entity,
    dataset,
    features: Object.entries(features).map(([feature, { formula: text, unit = null }]) => ({
      name: feature,
      formula: text,
      unit,
    })),
    stalenessMicros: staleness,
    lagMicros: lag,
    maxGapSessions: maxGap,
    joins: Object.entries(joined).map(([alias, one]) => ({
      name: alias,
      dataset: one.dataset ?? alias,
      entity: one.entity,
      stalenessMicros: one.staleness,
    })),
    define: Object.entries(define).map(([word, text]) => ({ name: word, formula: text })),
  }
}

type Issue = Readonly<{
  path: readonly PropertyKey[]
  message: string
  keys?: readonly string[]
  code?: string
}>

const NO_FEATURES = { message: 'must have at least one feature' }

function refusalOf(name: string, issue: Issue) {
  const path = issue.path.map(String)
  if (issue.keys !== undefined) {
    const inner = path[0] === 'join' ? Object.keys(join.shape) : ['formula', 'unit']
    const known = (path.length === 0 ? Object.keys(file.shape) : inner).join(', ')
    const key = [...path, issue.keys[0]].join('.')
    const remedy = `Remove it, or write one of: ${known}.`
    return refuse('feature.file-invalid', { file: name, key, problem: 'it has no meaning', remedy })
  }
  const key = path.length === 0 ? 'the whole file' : path.join('.')
  const remedy = `A file has the keys ${Object.keys(file.shape).join(', ')}.`
  return refuse('feature.file-invalid', { file: name, key, problem: `it ${issue.message}`, remedy })
}
