/** The ledger of trials: what each looked at, and which of them look at the same thing whatever they are called. */
import type { Position } from '../../schemas/envelope.ts'
import type { RunSpec, TrainingSetSpec } from '../../schemas/events/experiment.ts'
import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import { looksOf } from '../../schemas/kernel/look.ts'
import { firstAbove } from '../../schemas/kernel/search.ts'
import type { Micros } from '../../schemas/kernel/time.ts'
import type { Relation } from '../../schemas/relation.ts'

/** What a training set is made from: its label's and its features' data sets, and decisions `from <= knownAt < to`. */
type Scope = { datasets: string[]; from: Micros; to: Micros }

export type LedgerEntry = {
  family: string
  author: string
  started: Position
  trainingSet: string
  trainingSetHash: string
  /** Null where its training set is not known, which no command lets happen. */
  scope: Scope | null
  artifact: string | null
  /** Where it was said what its trainer made, if that is not built in: what follows names it as its cause. */
  trained?: Position
}

/** A fold that the views of experiments and of models share, so that both count the same trials. */
export type Ledger = {
  /** The data set of each feature set, by `name@version`. */
  features: Record<string, string>
  sets: Record<string, Scope>
  /** The training set that has this content. */
  frozen: Record<string, string>
  /** By run; a name that is started again has the position of its start behind it. */
  entries: Record<string, LedgerEntry>
}

/** Stored apart, where the ledger is part of a view. */
export const LEDGER_PARTS = [
  'ledger.features.*',
  'ledger.sets.*',
  'ledger.frozen.*',
  'ledger.entries.*',
] as const

export const emptyLedger = (): Ledger => ({ features: {}, sets: {}, frozen: {}, entries: {} })

export function noteFeatures(ledger: Ledger, { set, version, dataset }: FeatureSetSpec): void {
  ledger.features[`${set}@${version}`] ??= dataset
}

export function noteTrainingSet(ledger: Ledger, spec: TrainingSetSpec): void {
  const { trainingSet, label, featureSet, featureVersion, from, to } = spec
  const features = ledger.features[`${featureSet}@${featureVersion}`] ?? label.dataset
  ledger.sets[trainingSet] ??= { datasets: [...new Set([label.dataset, features])].sort(), from, to }
}

export function noteFrozen(
  ledger: Ledger,
  { contentHash, trainingSet }: Readonly<{ contentHash: string; trainingSet: string }>,
): void {
  ledger.frozen[contentHash] ??= trainingSet
}

/** @returns the name that the trial has from now on */
export function noteStart(ledger: Ledger, spec: RunSpec, started: Position): string {
  const run = ledger.entries[spec.run] === undefined ? spec.run : `${spec.run}@${started}`
  const { family, author, trainingSet, trainingSetHash } = spec
  const scope = ledger.sets[trainingSet] ?? null
  ledger.entries[run] = { family, author, started, trainingSet, trainingSetHash, scope, artifact: null }
  return run
}

/** What was made elsewhere for a start, and said at a position. */
export function noteTrained(
  { entries }: Ledger,
  { run, started }: Readonly<{ run: string; started: Position }>,
  position: Position,
): void {
  const entry = [entries[run], entries[`${run}@${started}`]].find((one) => one?.started === started)
  if (entry !== undefined) entry.trained ??= position
}

/** A file is noted for the start that it answers, and once. */
export function noteArtifact(ledger: Ledger, run: string, of: { cause: Position; artifact: string }): void {
  const entry = [ledger.entries[run], ledger.entries[`${run}@${of.cause}`]].find(
    (one) => one?.started === of.cause || one?.trained === of.cause,
  )
  if (entry !== undefined) entry.artifact ??= of.artifact
}

/**
 * Every trial that counts for a family, by run, and why: its own; those of anybody, whatever became of them, on one of its
 * data sets over sessions that overlap; those of its authors, however their names are written, over sessions that overlap,
 * on any data; and those with its training rows, its training set or its file. A trial over sessions that none of the
 * family's trials looked at is no choice among the same results, and does not count. Where several reasons hold, the first
 * is told.
 */
export function relatedTrials({ entries }: Ledger, family: string): ReadonlyMap<string, Relation> {
  const own = Object.values(entries).filter((entry) => entry.family === family)
  const datasets = spansBy(own, ({ scope }) => scope?.datasets ?? [])
  const looks = new Map<string, readonly string[]>()
  const looksOfAuthor = ({ author }: LedgerEntry): readonly string[] => {
    const found = looks.get(author) ?? looksOf(author)
    looks.set(author, found)
    return found
  }
  const authors = spansBy(own, looksOfAuthor)
  // One that somebody attests may tell none, and two of those have nothing in common.
  const rows = new Set(
    own.flatMap((entry) => [entry.trainingSet, entry.trainingSetHash]).filter((one) => one !== ''),
  )
  const files = new Set(own.flatMap(({ artifact }) => artifact ?? []))
  const relationOf = (entry: LedgerEntry): Relation | null => {
    if (entry.family === family) return 'family'
    if (entry.scope?.datasets.some((one) => overlaps(datasets.get(one), entry.scope))) return 'data set'
    if (looksOfAuthor(entry).some((look) => overlaps(authors.get(look), entry.scope))) return 'author'
    if (rows.has(entry.trainingSet) || rows.has(entry.trainingSetHash)) return 'training rows'
    return entry.artifact !== null && files.has(entry.artifact) ? 'file' : null
  }
  const related = Object.entries(entries)
    .sort(([, a], [, b]) => a.started - b.started)
    .flatMap(([run, entry]): [string, Relation][] => {
      const relation = relationOf(entry)
      return relation === null ? [] : [[run, relation]]
    })
  return new Map(related)
}

/** How many trials count for the family that a run was started in; 0 for a run that never was. */
export function trialsCounted(ledger: Ledger, run: string): number {
  const family = ledger.entries[run]?.family
  return family === undefined ? 0 : relatedTrials(ledger, family).size
}

type Span = Readonly<{ from: Micros; to: Micros }>

/** Sessions that somebody looked at, as spans that do not overlap, ascending. */
type Spans = Readonly<{ froms: Float64Array; tos: Float64Array }>

/** What was looked at under each key. A trial whose training set is not known may have looked at anything. */
function spansBy(own: readonly LedgerEntry[], keysOf: (entry: LedgerEntry) => readonly string[]) {
  const spans = new Map<string, Span[]>()
  for (const entry of own)
    for (const key of keysOf(entry)) {
      const under = spans.get(key) ?? []
      under.push(entry.scope ?? ANY_TIME)
      spans.set(key, under)
    }
  return new Map([...spans].map(([key, under]) => [key, unionOf(under)]))
}

const ANY_TIME: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }

function unionOf(spans: readonly Span[]): Spans {
  const apart: { from: Micros; to: Micros }[] = []
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    const last = apart.at(-1)
    if (last === undefined || from >= last.to) apart.push({ from, to })
    else last.to = Math.max(last.to, to)
  }
  return {
    froms: Float64Array.from(apart, ({ from }) => from),
    tos: Float64Array.from(apart, ({ to }) => to),
  }
}

function overlaps(spans: Spans | undefined, scope: Span | null): boolean {
  if (spans === undefined) return false
  const { from, to } = scope ?? ANY_TIME
  // The first that ends after it begins: those after that one begin later still.
  const first = firstAbove(spans.tos, from)
  return first < spans.froms.length && spans.froms[first] < to
}
