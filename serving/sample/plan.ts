/** What a sample is made of: its files, its people and its dates. How it is played is the same for all. */
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Sweep } from '../sweep.ts'

/** Paths of a declaration and of the files that it declares. */
export type Source = Readonly<{ declaration: string; files: readonly string[] }>

/** The factor files of instruments, by their names here, and the declaration of what is made from them. */
export type Actions = Readonly<{ declaration: string; factorFiles: Readonly<Record<string, string>> }>

export type SamplePlan = Readonly<{
  /** What it is asked for by, and what it is in a line. */
  name: string
  about: string
  /** What is traded. The rows known before `liveFrom` arrive file by file, those after it moment by moment. */
  prices: Source
  /** What the moments after `liveFrom` arrive from, as arrivals are named. */
  feed: string
  /** Dividends and splits, where they stand in files of their own. */
  actions: Actions | null
  /** Of the history only: what the gate is given beside the prices. */
  given: readonly Source[]
  features: string
  /** The trainer of the sweep, where it is not built in, as `asof trainer` takes it: asof.yaml in the folder says where its code and its program are. */
  trainer?: string
  sweep: string
  policy: string
  model: string
  author: string
  committee: readonly string[]
  approvers: readonly string[]
  reviewer: string
  liveFrom: Micros
  /** A cut is reviewed after so many sessions, and what was cut is given back. */
  reviewAfterSessions: number
}>

/** Parts of the sweep that are played otherwise than its file says: fewer trials, other dates. */
export type OtherSweep = Partial<Pick<Sweep, 'horizons' | 'alphas' | 'features' | 'folds' | 'from' | 'to'>>
