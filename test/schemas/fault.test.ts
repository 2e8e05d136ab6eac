/** The parts of the table of faults: together they are the table, and no code stands in two of them. */
import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FAULTS } from '../../schemas/kernel/fault.ts'

const PARTS = new URL('../../schemas/kernel/faults/', import.meta.url)

test('each code stands once, and every part is in the table', async () => {
  const codes: string[] = []
  for (const file of readdirSync(PARTS).filter((name) => name !== 'row.ts'))
    for (const part of Object.values(await import(new URL(file, PARTS).href)))
      codes.push(...Object.keys(part as object))
  expect(codes.length).toBeGreaterThan(250)
  expect(codes.toSorted()).toEqual(Object.keys(FAULTS).toSorted())
})
