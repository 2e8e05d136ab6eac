/** What may happen to a feature set. */
import { test } from 'vitest'
import { featureSet } from '../../commands/feature/feature-set.ts'
import { type FeatureSetSpec, SetDefined } from '../../schemas/events/feature.ts'
import { defineSet } from '../../streams/features/definition.ts'
import { SMALL_SET } from '../support/small-platform.ts'
import { CONTEXT, given } from './given.ts'

const NOW = { eventTime: CONTEXT.now, knownAt: CONTEXT.now }
const DATASETS = new Map([['small', ['close']]])
const define = (spec: FeatureSetSpec, datasets = DATASETS) => ({ kind: 'define', spec, datasets }) as const
const versionOf = (version: number, formula = 'close'): FeatureSetSpec =>
  defineSet({ ...SMALL_SET, version, features: [{ name: 'x', formula, unit: '' }] })
const first = SetDefined.draft(SMALL_SET, NOW)

test('a set is defined, once per version', () => {
  given(featureSet).when(define(SMALL_SET)).decides(first)
  given(featureSet, first).when(define(SMALL_SET)).decides()
})

test('another meaning is the next version', () => {
  const second = versionOf(2)
  given(featureSet, first).when(define(second)).decides(SetDefined.draft(second, NOW))
  const both = [first, SetDefined.draft(second, NOW)]
  given(featureSet, ...both)
    .when(define(SMALL_SET))
    .decides()
})

test('another meaning under an old version is refused', () => {
  given(featureSet, first)
    .when(define(versionOf(1)))
    .decides('feature.redefined')
})

test('a version that leaves one out is refused', () => {
  given(featureSet)
    .when(define(versionOf(2)))
    .decides('feature.version-gap')
  given(featureSet, first)
    .when(define(versionOf(3)))
    .decides('feature.version-gap')
})

test('a set over an unknown data set is refused', () => {
  given(featureSet).when(define(SMALL_SET, new Map())).decides('data.unknown-dataset')
})

test('what could not be computed is not recorded', () => {
  given(featureSet)
    .when(define(versionOf(1, 'open / close')))
    .decides('formula.unknown-name')
  given(featureSet)
    .when(define({ ...SMALL_SET, hash: 'a'.repeat(64) }))
    .decides('feature.meaning-differs')
})
