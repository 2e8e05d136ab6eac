/** Which trials look at the same thing, whatever their family, name, set or author: the rule, on ledgers of every kind. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  emptyLedger,
  noteArtifact,
  noteFeatures,
  noteStart,
  noteTrainingSet,
  relatedTrials,
  trialsCounted,
} from '../../projections/experiment/ledger.ts'
import { runSpec } from '../support/gate.ts'
import { SMALL_SET, trainingSetOf } from '../support/small-platform.ts'

type Trial = Readonly<{
  family: string
  author: string
  dataset: string
  features: string
  from: number
  to: number
}>

/** Each trial has a set, a feature set and a name of its own: nothing but what it looked at relates it to another. */
function ledgerOf(trials: readonly Trial[]) {
  const ledger = emptyLedger()
  for (const [k, { family, author, dataset, features, from, to }] of trials.entries()) {
    noteFeatures(ledger, { ...SMALL_SET, set: `f${k}`, dataset: features })
    const label = { ...trainingSetOf(1).label, dataset, formula: `close + ${k} * 0.000000000001` }
    noteTrainingSet(ledger, {
      ...trainingSetOf(1),
      trainingSet: `s${k}`,
      featureSet: `f${k}`,
      label,
      from,
      to,
    })
    const spec = {
      ...runSpec(`r${k}`, ['x']),
      family,
      author,
      trainingSet: `s${k}`,
      trainingSetHash: `h${k}`,
    }
    noteStart(ledger, spec, k + 1)
  }
  return ledger
}

const SEARCH: Trial = { family: 'search', author: 'ann', dataset: 'us', features: 'us', from: 0, to: 100 }
const relationsOf = (...trials: readonly Trial[]) =>
  Object.fromEntries(relatedTrials(ledgerOf(trials), 'new'))

test('the best of 200 worthless trials, one row shorter, in a new family of two, by another author, is one of 202', () => {
  const search = Array.from({ length: 200 }, () => SEARCH)
  const own = { ...SEARCH, family: 'new', author: 'bob', to: 99 }
  const ledger = ledgerOf([...search, own, own])
  expect(trialsCounted(ledger, 'r200')).toBe(202)
  expect(relatedTrials(ledger, 'new').get('r0')).toBe('data set')
  expect(trialsCounted(ledger, 'r0'), 'and the family that it came from knows of it').toBe(202)
})

test('features of one data set and a label of another are trials on both', () => {
  const mixed = { ...SEARCH, author: 'bob', dataset: 'funds', features: 'us' }
  expect(relationsOf({ ...SEARCH, family: 'new' }, mixed)).toEqual({ r0: 'family', r1: 'data set' })
  expect(relationsOf({ ...mixed, family: 'new' }, SEARCH)).toEqual({ r0: 'family', r1: 'data set' })
})

test('an author takes his trials over the same sessions to another data set; other sessions are another choice', () => {
  const elsewhere = { ...SEARCH, dataset: 'copy', features: 'copy' }
  expect(relationsOf({ ...elsewhere, family: 'new' }, SEARCH)).toEqual({ r0: 'family', r1: 'author' })
  expect(relationsOf({ ...elsewhere, family: 'new', author: 'bob' }, SEARCH)).toEqual({ r0: 'family' })
  expect(relationsOf({ ...SEARCH, family: 'new', from: 100, to: 200 }, SEARCH)).toEqual({ r0: 'family' })
  expect(relationsOf({ ...SEARCH, family: 'new', from: 99, to: 200 }, SEARCH)).toMatchObject({
    r1: 'data set',
  })
})

test.each(['Ann', 'аnn', 'Аnn', 'ɑnn', 'ᴀnn', 'ＡＮＮ'])('%s beside ann is no other author', (author) => {
  const elsewhere = { ...SEARCH, family: 'new', dataset: 'copy', features: 'copy', author }
  expect(relationsOf(elsewhere, SEARCH)).toEqual({ r0: 'family', r1: 'author' })
})

test('the same rows, and the same file, are the same trial on whatever data set and by whomever they stand', () => {
  const ledger = ledgerOf([{ ...SEARCH, family: 'new' }])
  noteArtifact(ledger, 'r0', { cause: 1, artifact: 'file' })
  const other = { ...SEARCH, author: 'bob', dataset: 'copy', features: 'copy' }
  const { label } = trainingSetOf(1)
  noteFeatures(ledger, { ...SMALL_SET, set: 'copied', dataset: 'copy' })
  for (const [k, hash] of ['h0', 'h1', 'h2'].entries()) {
    const spec = { ...runSpec(`c${k}`, ['x']), ...other, trainingSet: `c${k}`, trainingSetHash: hash }
    const set = { ...trainingSetOf(1), ...other, trainingSet: `c${k}`, featureSet: 'copied' }
    noteTrainingSet(ledger, { ...set, label: { ...label, dataset: 'copy' } })
    const { dataset: _, features: __, from: ___, to: ____, ...run } = { ...spec, features: ['x'] }
    noteStart(ledger, { ...run, features: ['x'] }, k + 2)
  }
  noteArtifact(ledger, 'c1', { cause: 3, artifact: 'file' })
  expect(Object.fromEntries(relatedTrials(ledger, 'new'))).toEqual({
    r0: 'family',
    c0: 'training rows',
    c1: 'file',
  })
})

test('other folds and a feature that nobody needed make another trial, of the same family and of every other', () => {
  const ledger = ledgerOf([SEARCH, { ...SEARCH, family: 'new', author: 'bob' }])
  const spec = { ...runSpec('r0', ['x']), author: 'bob', trainingSet: 's0', trainingSetHash: 'h0' }
  const tried = [
    { ...spec, run: 'refolded', family: 'search', folds: spec.folds + 1 },
    { ...spec, run: 'refolded in another', family: 'third', folds: spec.folds + 2 },
    { ...spec, run: 'wider', family: 'search', features: ['x', 'unused'] },
  ]
  for (const [k, run] of tried.entries()) {
    noteStart(ledger, run, k + 3)
    // The file is the same: it was fitted on all rows.
    noteArtifact(ledger, run.run, { cause: k + 3, artifact: 'file' })
  }
  for (const run of ['r0', 'r1', ...tried.map(({ run }) => run)]) expect(trialsCounted(ledger, run)).toBe(5)
})

const trial: fc.Arbitrary<Trial> = fc
  .record({
    family: fc.constantFrom('a', 'b', 'c'),
    author: fc.constantFrom('ann', 'bob'),
    dataset: fc.constantFrom('us', 'jp'),
    features: fc.constantFrom('us', 'jp'),
    from: fc.integer({ min: 0, max: 9 }),
    days: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ days, ...rest }) => ({ ...rest, to: rest.from + days }))

test('no new name, author or set makes a count smaller, and a count never falls', () => {
  fc.assert(
    fc.property(fc.array(trial, { minLength: 2, maxLength: 12 }), (trials) => {
      const ledger = ledgerOf(trials)
      for (const [k, own] of trials.entries()) {
        const counted = trialsCounted(ledger, `r${k}`)
        const sharing = trials.filter(
          (other) =>
            own.from < other.to &&
            other.from < own.to &&
            (other.author === own.author ||
              [other.dataset, other.features].some((one) => one === own.dataset)),
        )
        expect(counted).toBeGreaterThanOrEqual(sharing.length)
        const renamed = trials.map((one, i) => (i === k ? { ...one, family: 'fresh' } : one))
        expect(trialsCounted(ledgerOf(renamed), `r${k}`)).toBeGreaterThanOrEqual(sharing.length)
        const before = trialsCounted(ledgerOf(trials.slice(0, k + 1)), `r${k}`)
        expect(counted).toBeGreaterThanOrEqual(before)
      }
    }),
  )
})

test('sessions overlap as by the definition, whatever spans the family has: long, touching, one in another, or empty', () => {
  const span = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 5 }))
  fc.assert(
    fc.property(fc.array(span, { minLength: 1, maxLength: 8 }), span, (own, [from, length]) => {
      const trials = own.map(([start, sessions]) => ({
        ...SEARCH,
        family: 'new',
        from: start,
        to: start + sessions,
      }))
      const other = { ...SEARCH, author: 'bob', from, to: from + length }
      const overlaps = trials.some((one) => one.from < other.to && other.from < one.to)
      expect(relationsOf(...trials, other)[`r${own.length}`]).toBe(overlaps ? 'data set' : undefined)
    }),
    { numRuns: 500 },
  )
})
