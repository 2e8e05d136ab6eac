/** The pages of the console as data: what each is asked with, and what it answers. The browser draws them; nothing is worked out there. */
import { z } from 'zod'
import { alarmPage, alarmsPage } from './pages/alarms.ts'
import { auditPage, eventPage } from './pages/audit.ts'
import { cellPage } from './pages/cell.ts'
import { claimsPage } from './pages/claims.ts'
import { dataPage, datasetPage } from './pages/data.ts'
import { differencePage, experimentsPage, runPage } from './pages/experiments.ts'
import { featureSetPage, featuresPage } from './pages/features.ts'
import { capitalPage, predictionPage, predictionsPage } from './pages/live.ts'
import { modelPage, modelsPage } from './pages/models.ts'
import { overviewPage } from './pages/overview.ts'
import { timelinePage } from './pages/timeline.ts'
import type { Past } from './past.ts'

export type Page<Q = never, A = unknown> = Readonly<{
  about: string
  asks: Readonly<Record<string, z.ZodType>>
  answer: (past: Past, asked: Q) => Promise<A>
  /** The feature set whose values it shows, of what it is asked; they are taken as they are in bulk. */
  shows?: (asked: Q) => string
}>

const page = <S extends Record<string, z.ZodType>, A>(
  about: string,
  asks: S,
  answer: (past: Past, asked: z.infer<z.ZodObject<S>>) => Promise<A>,
  shows?: (asked: z.infer<z.ZodObject<S>>) => string,
): Page<z.infer<z.ZodObject<S>>, A> => ({ about, asks, answer, ...(shows && { shows }) })

const named = { name: z.string().min(1) }
const whole = z.coerce.number().int()

export const PAGES = {
  timeline: page(
    'From when to when there is something, and what changed what is in force.',
    {},
    timelinePage,
  ),
  overview: page('What is in force, what wants somebody, and what has come in.', {}, overviewPage),
  data: page('Data sets, and what was set apart.', {}, dataPage),
  dataset: page('One data set.', named, datasetPage),
  features: page('Feature sets.', {}, featuresPage),
  'feature-set': page(
    'One feature set: definitions, values, coverage, drift.',
    named,
    featureSetPage,
    ({ name }) => name,
  ),
  cell: page(
    'The history of a feature of an entity.',
    {
      set: z.string(),
      feature: z.string(),
      entity: z.string(),
      before: whole.min(1).default(Number.MAX_SAFE_INTEGER),
    },
    cellPage,
    ({ set }) => set,
  ),
  experiments: page(
    'Trials, filtered and in pages, and what luck alone would give.',
    {
      text: z.string().default(''),
      family: z.string().default(''),
      status: z.enum(['', 'running', 'finished', 'failed']).default(''),
      sort: z.enum(['started', 'sharpe', 'run']).default('started'),
      offset: whole.min(0).default(0),
      limit: whole.min(1).max(500).default(100),
    },
    experimentsPage,
  ),
  run: page('One run.', named, runPage),
  difference: page(
    'In what two runs differ: data, code, environment, parameters, and what they came to.',
    { one: z.string().min(1), other: z.string().min(1) },
    differencePage,
  ),
  models: page('Models.', {}, modelsPage),
  model: page('One model: its reports, signatures, and what is in force.', named, modelPage),
  predictions: page('What the models predicted.', {}, predictionsPage),
  prediction: page('The latest prediction of a model, and its days.', named, predictionPage),
  capital: page('Capital, and the reason of every change.', {}, capitalPage),
  alarms: page(
    'Alarms, open ones first, in pages, and the rules.',
    {
      all: z.enum(['yes', 'no']).default('no'),
      offset: whole.min(0).default(0),
      limit: whole.min(1).max(500).default(100),
    },
    alarmsPage,
  ),
  alarm: page('One alarm.', { position: whole.min(1) }, alarmPage),
  claims: page('Claims.', {}, claimsPage),
  audit: page(
    'Who did what, by position.',
    { from: whole.min(1).default(1), limit: whole.min(1).max(500).default(100) },
    auditPage,
  ),
  event: page('One event.', { position: whole.min(1) }, eventPage),
} as const

export type PageName = keyof typeof PAGES

/** What a page answers: null where what it is about was not there. */
export type AnswerOf<N extends PageName> = Awaited<ReturnType<(typeof PAGES)[N]['answer']>>
