/** The law of sources: every line of a file is a row, a duplicate, a blank line or a reject. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arrive, factsOf, longSpec, temporaryFolder, wideSpec } from './files.ts'

const folder = temporaryFolder()

const cell = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 3 }).map(String) },
  fc.constantFrom('', 'x', '1e999', '"', '"1"', '1,2', 'é', '\r', '\u0000', ' 1 ', '2008-09-15', '-'),
)
const day = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 10, max: 14 }).map((date) => `2008-09-${date}`) },
  fc.constantFrom('', 'never', '2099-01-01', '"2008-09-15"'),
)
const entity = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('A', 'B', 'C') },
  fc.constantFrom('', '"A', ' B '),
)
const ending = fc.constantFrom('\n', '\r\n')
const blank = fc.constantFrom('', ' ', '\t')

/** Puts random bytes over a text, line feeds excepted: those would change the number of lines. */
const mutilated = (text: string, hits: readonly (readonly [number, number])[]): Buffer => {
  const bytes = Buffer.from(text)
  const start = bytes.indexOf(10) + 1
  for (const [place, byte] of hits) {
    const at = start + (place % Math.max(1, bytes.length - start))
    if (at < bytes.length && bytes[at] !== 10 && byte !== 10) bytes[at] = byte
  }
  return bytes
}

const hits = fc.array(fc.tuple(fc.nat(10_000), fc.nat(255)), { maxLength: 6 })
const lineCount = (bytes: Buffer): number =>
  bytes.filter((byte) => byte === 10).length + (bytes.at(-1) === 10 ? 0 : 1)

describe('of a mutilated file', () => {
  it('every line is accounted for, and every reject names a line of its own', async () => {
    const line = fc.oneof(
      { weight: 8, arbitrary: fc.tuple(entity, day, cell).map((cells) => cells.join(',')) },
      blank,
      fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replaceAll('\n', '')),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 30 }),
        ending,
        hits,
        async (lines, end, over) => {
          const bytes = mutilated(`entity,date,close${end}${lines.join(end)}${end}`, over)
          const arrival = await arrive(folder.write('x.csv', bytes), longSpec).catch(() => null)
          if (arrival === null) {
            expect(bytes.subarray(bytes.indexOf(10)).toString()).toMatch(/^[ \t\r\n]*$/)
            return
          }
          const { rowCount, rejects, duplicateRows, blankLines } = arrival
          expect(rowCount + rejects.length + duplicateRows + blankLines).toBe(lineCount(bytes) - 1)
          expect(factsOf(arrival.rows)).toHaveLength(rowCount)
          expect(new Set(rejects.map((reject) => reject.line)).size).toBe(rejects.length)
          const physical = bytes.toString('utf8').split('\n')
          for (const reject of rejects) {
            expect(reject.text).toBe((physical[reject.line - 1] ?? '').replace(/\r$/, '').slice(0, 500))
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('every cell is accounted for in a wide layout', async () => {
    const value = fc.constantFrom('1', '2', '', 'x', 'inf', 'nan', '1e5')
    const line = fc.tuple(day, value, value, value)
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 20 }), async (lines) => {
        const text = `date,A,B,C\n${lines.map((cells) => cells.join(',')).join('\n')}\n`
        const arrival = await arrive(folder.write('x.csv', text), wideSpec).catch(() => null)
        const isDay = (text: string) => /^"?2008/.test(text)
        const cells = lines
          .filter(([date]) => isDay(date) || date.startsWith('2099'))
          .flatMap((line) => line.slice(1))
        const facts = cells.filter((text) => text !== '' && text !== 'nan').length
        const lostLines = lines.length - cells.length / 3
        if (arrival === null) {
          expect(facts + lostLines).toBe(0)
          return
        }
        expect(arrival.rowCount + arrival.duplicateRows + arrival.rejects.length).toBe(facts + lostLines)
      }),
      { numRuns: 100 },
    )
  })
})

describe('the rows of a file', () => {
  it('do not depend on the order of its lines', async () => {
    const keys = fc.uniqueArray(
      fc.tuple(fc.constantFrom('A', 'B', 'C', 'D'), fc.integer({ min: 10, max: 28 })),
      {
        selector: String,
        minLength: 1,
        maxLength: 40,
      },
    )
    await fc.assert(
      fc.asyncProperty(
        keys,
        fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
        async (unique, keysOfSort) => {
          const lines = unique.map(([name, date], at) => `${name},2008-09-${date},${at}`)
          const shuffled = lines.toSorted(
            (a, b) => keysOfSort[lines.indexOf(a)] - keysOfSort[lines.indexOf(b)],
          )
          const [first, second] = await Promise.all(
            [lines, shuffled].map((of, at) =>
              arrive(folder.write(`${at}.csv`, `entity,date,close\n${of.join('\n')}`), longSpec),
            ),
          )
          expect([...second.rows]).toEqual([...first.rows])
        },
      ),
      { numRuns: 60 },
    )
  })
})
