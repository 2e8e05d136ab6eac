/** What a tracking client sends, in every form that it may send it in: numbers as text, and numbers that are none. */
import { z } from 'zod'
import { name } from '../../schemas/kernel/name.ts'

/** A whole number, as JSON has it or as text: a query has nothing else, and proto3 writes 64 bits so. */
export const whole = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^-?\d{1,16}$/, 'write a whole number')
      .transform(Number),
  ])
  .refine(Number.isSafeInteger, 'it is beyond 2^53')

const SPECIAL = ['NaN', 'Infinity', '-Infinity']

/** A double: a number, or text for what JSON has no number for. */
export const double = z.union(
  [
    z.number(),
    z
      .string()
      .refine((text) => SPECIAL.includes(text) || (text.trim() !== '' && Number.isFinite(Number(text))))
      .transform(Number),
  ],
  { error: 'write a number, "NaN", "Infinity" or "-Infinity"' },
)

/** The bounds of MLflow's own server. */
export const MOST = {
  keyCharacters: 250,
  paramCharacters: 6_000,
  tagCharacters: 8_000,
  registryTagCharacters: 100_000,
  nameCharacters: 500,
  aliasCharacters: 255,
  paramsOfBatch: 100,
  metricsOfBatch: 1_000,
  entitiesOfBatch: 1_000,
  runsOfPage: 50_000,
  pointsOfPage: 25_000,
} as const

/** The name of an experiment, which is a family of trials, or of a model: a key of records, held to the one rule for names. */
export const nameOf = (most: number) => z.string().max(most).pipe(name)

const KEY = /^[/\w.\- :]+$/

/** A name of a metric, parameter or tag: it may name folders, in one way alone. */
export const key = z
  .string()
  .max(MOST.keyCharacters)
  .regex(KEY, 'a name has letters, digits, _ - . / : and spaces')
  .refine(
    (text) => !text.startsWith('/') && !text.split('/').some((part) => ['', '.', '..'].includes(part)),
    'a name is no path with empty parts, . or ..',
  )

export const param = z.object({ key, value: z.string().max(MOST.paramCharacters) })
export const tag = z.object({ key, value: z.string().max(MOST.tagCharacters).default('') })
export const registryTag = z.object({ key, value: z.string().max(MOST.registryTagCharacters).default('') })

export const metric = z.object({
  key,
  value: double,
  timestamp: whole,
  step: whole.default(0),
  model_id: z.string().default(''),
  dataset_name: z.string().default(''),
  dataset_digest: z.string().default(''),
})
export type MetricSent = z.infer<typeof metric>

/** Both names are sent, and either is enough. */
export const ofRun = z.object({ run_id: z.string().optional(), run_uuid: z.string().optional() })
export const runIdIn = ({ run_id, run_uuid }: z.infer<typeof ofRun>): string => run_id || run_uuid || ''

/** A query has one text where a list of one is meant. */
export const texts = z.union([z.array(z.string()), z.string().transform((one) => [one])]).default([])

export const text = z.string().default('')
