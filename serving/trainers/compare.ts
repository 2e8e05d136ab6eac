/** In what two runs differ, by what it is: data, code, environment, parameters, the book, and what they came to. */
import type { RunView } from '../../projections/experiment/experiments.ts'

export type Differing = Readonly<{ of: string; what: string; one: string; other: string }>

const NOTHING = '-'

export function differencesOf(one: RunView, other: RunView): readonly Differing[] {
  const parts = [partsOf(one), partsOf(other)]
  return Object.keys(parts[0]).flatMap((of) => {
    const [a, b] = parts.map((part) => part[of])
    return [...new Set([...Object.keys(a), ...Object.keys(b)])]
      .filter((what) => a[what] !== b[what])
      .map((what) => ({ of, what, one: a[what] ?? NOTHING, other: b[what] ?? NOTHING }))
  })
}

type Parts = Readonly<Record<string, Readonly<Record<string, string>>>>

function partsOf({ spec, status, artifact, metrics, failure, missing }: RunView): Parts {
  const { trainingSet, trainingSetHash, features, commit, environment, params, seed, folds, portfolio } = spec
  const texts = (entries: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, textOf(value)]))
  return {
    data: texts({ 'training set': trainingSet, hash: trainingSetHash, features: features.join(', ') }),
    code: texts({
      trainer: spec.trainer,
      commit: commit?.sha,
      signature: commit?.signature,
      tree: commit?.tree,
    }),
    environment: texts({ digest: environment }),
    parameters: texts({ ...Object.fromEntries(params.map(({ name, value }) => [name, value])), seed, folds }),
    book: texts(portfolio),
    author: texts({ name: spec.author }),
    outcome: texts({ status, model: artifact, failure, missing: missing.join(', '), ...metrics }),
  }
}

const textOf = (value: unknown): string =>
  value === null || value === undefined
    ? NOTHING
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value)
