/** The ledger of trials: what each looked at, and which of them look at the same thing whatever they are called. */
import type { Position } from '../../schemas/envelope.ts'
import type { RunSpec, TrainingSetSpec } from '../../schemas/events/experiment.ts'
import type { FeatureSetSpec } from '../../schemas/events/feature.ts'
import { looksOf } from '../../schemas/kernel/look.ts'
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

/** A file is noted for the start that it answers, and once. */
export function noteArtifact(ledger: Ledger, run: string, of: { cause: Position; artifact: string }): void {
  const entry = [ledger.entries[run], ledger.entries[`${run}@${of.cause}`]].find(
    (one) => one?.started === of.cause,
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
  const authors = spansBy(own, ({ author }) => looksOf(author))
  // One that somebody attests may tell none, and two of those have nothing in common.
  const rows = new Set(
    own.flatMap((entry) => [entry.trainingSet, entry.trainingSetHash]).filter((one) => one !== ''),
  )
  const files = new Set(own.flatMap(({ artifact }) => artifact ?? []))
  const relationOf = (entry: LedgerEntry): Relation | null => {
    if (entry.family === family) return 'family'
    if (entry.scope?.datasets.some((one) => overlaps(datasets.get(one), entry.scope))) return 'data set'
    if (looksOf(entry.author).some((look) => overlaps(authors.get(look), entry.scope))) return 'author'
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

/** The different spans under each key. A trial whose training set is not known may have looked at anything. */
function spansBy(own: readonly LedgerEntry[], keysOf: (entry: LedgerEntry) => readonly string[]) {
  const spans = new Map<string, Map<string, Span>>()
  for (const entry of own) {
    const { from, to } = entry.scope ?? ANY_TIME
    for (const key of keysOf(entry)) {
      const under = spans.get(key) ?? new Map<string, Span>()
      spans.set(key, under.set(`${from} ${to}`, { from, to }))
    }
  }
  return spans
}

const ANY_TIME: Span = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }

function overlaps(spans: ReadonlyMap<string, Span> | undefined, scope: Span | null): boolean {
  const { from, to } = scope ?? ANY_TIME
  return [...(spans?.values() ?? [])].some((span) => span.from < to && from < span.to)
}
