/** What was released on a topic can be read for ever: no change of a schema goes unseen. */
import { expect, test } from 'vitest'
import type { Schema } from '../../schemas/avro.ts'
import { incompatibility } from '../../schemas/topics/compatibility.ts'
import { SCHEMAS } from '../../streams/relay/messages.ts'
import { readReleased, unreleased } from '../golden/topics.ts'

test('each schema of now reads what every released one of its subject wrote', () => {
  const now = new Map(SCHEMAS.map(({ subject, schema }): [string, Schema] => [subject, schema]))
  const broken = readReleased().flatMap(({ subject, schema }) => {
    const reader = now.get(subject)
    // The subject of an older version of an event is written no more.
    const problem = reader === undefined ? null : incompatibility(reader, schema)
    return problem === null ? [] : [`${subject}: ${problem}`]
  })
  expect(broken).toEqual([])
})

test('each schema of now is among them (node test/golden/topics.ts adds it)', () => {
  expect(unreleased(readReleased()).map(({ subject }) => subject)).toEqual([])
})
