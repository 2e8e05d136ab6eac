/** A plain line, whose row is staged from its bytes, says what the same line says where it has to be parsed as JSON. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { readWhole } from '../../streams/sources/reading.ts'
import { LIMITS } from '../../streams/sources/room.ts'
import { declaredSpec, longSpec, RECEIVED_AT, temporaryFolder } from './files.ts'

const folder = temporaryFolder()
const typedSpec: DatasetSpec = {
  ...declaredSpec,
  columns: ['value', 'lots', 'sector', 'halted'].map((name) => ({ name, unit: '' })),
  rows: {
    ...declaredSpec.rows,
    types: [
      { column: 'lots', type: 'int64', pattern: '' },
      { column: 'sector', type: 'category', pattern: '' },
      { column: 'halted', type: 'bool', pattern: '' },
    ],
  },
}

/** All that is staged of a file, by what codes stand for; and what is told of it, but for texts that were shortened. */
async function staged(name: string, content: Uint8Array, spec: DatasetSpec) {
  const path = folder.write(name, content)
  const asked = { path, spec, receivedAt: RECEIVED_AT, limits: LIMITS, isPart: true }
  const read = await readWhole(asked, () => undefined).catch((error: Error) => error.message)
  if (typeof read === 'string') return read
  const { rows, facts, arranged } = read
  const declared = spec.knownAt.kind === 'declared'
  return {
    order: Array.from(arranged.order),
    rows: Array.from({ length: rows.length }, (_, at) => [
      ...[rows.line[at], rows.names.texts[rows.entity[at]], rows.fault[at], rows.times.read[rows.time[at]]],
      ...(declared ? [rows.knowns.read[rows.known[at]]] : []),
      ...rows.values.map((column) => column[at]),
    ]),
    texts: rows.texts.map(({ texts }) => texts),
    facts: {
      ...facts,
      source: '',
      sourceHash: '',
      rejects: facts.rejects.map(({ text: _, ...rest }) => rest),
    },
  }
}

/** The same JSON, and no plain line: a key's first letter is an escape. */
const escaped = (line: Buffer): Buffer => {
  const latin1 = line.toString('latin1')
  const hex = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
  return Buffer.from(
    latin1.replace(/"([a-z])([a-z]*"\s*:)/, (_, letter: string, rest: string) => `"${hex(letter)}${rest}`),
    'latin1',
  )
}

const written = fc.oneof(
  fc.constantFrom('1', '-0', '0', '12.5', '1e3', '1E-7', '0.1234567890123456', '123456789012345678', '1e999'),
  fc.constantFrom('9007199254740993', '9007199254740992', '-9007199254740993.0', '01', '1.', '.5', '-', '+1'),
  fc.constantFrom('true', 'false', 'null', 'tru', 'nullx', '{}', '[1]', '{"a":1}', '""', '"NaN"', '"null"'),
  fc.constantFrom('" 7 "', '"7,5"', '"x\\ty"', '"\\u0041"', '"a\u0001b"', '"Ünïcode"', '"\ufeffa"', '"'),
  fc.double().map(String),
  fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => JSON.stringify(text)),
)
const moment = fc.constantFrom(
  ...[
    '"2008-09-15"',
    '"2008-09-15T20:00:00Z"',
    '" 2008-09-16 "',
    '1221508800',
    '1.5',
    'null',
    '"soon"',
    '""',
  ],
)
const blank = fc.constantFrom('', ' ', '\t', '  ')
const member = (key: string, value: fc.Arbitrary<string>) =>
  fc.tuple(blank, blank, blank, value).map(([a, b, c, text]) => `${a}"${key}"${b}:${c}${text}`)
const name = fc.oneof(fc.constantFrom('"a"', '"b"', '" a"', '7', '7.5', 'null', '"a\u200bb"', '"1"'), written)

const line = fc
  .tuple(
    fc.record({
      entity: member('entity', name),
      date: member('date', moment),
      at: member('at', moment),
      known: member('known', moment),
      close: member('close', written),
      value: member('value', written),
      lots: member('lots', written),
      sector: member('sector', written),
      halted: member('halted', written),
      other: member('other', written),
    }),
    fc.subarray(['other', 'known', 'sector', 'halted', 'entity', 'value'] as const),
    fc.constantFrom('', '', '', ',"other":1', ',"close":2,"close":2', ',', '}', ' x'),
  )
  .map(([members, left, behind]) => {
    const kept = Object.entries(members).filter(([key]) => !left.some((one) => one === key))
    return Buffer.from(`{${kept.map(([, text]) => text).join(',')}${behind}}`)
  })
/** Bytes that are no UTF-8, somewhere. */
const damaged = fc.tuple(line, fc.nat(), fc.constantFrom(0xc3, 0xe2, 0xff, 0x80)).map(([bytes, at, byte]) => {
  const broken = Buffer.from(bytes)
  broken[at % broken.length] = byte
  return broken
})

describe.each([
  ['long', longSpec],
  ['declared', declaredSpec],
  ['typed', typedSpec],
])('%s', (shape, spec) => {
  test('a plain line and the same one that is none', async () => {
    let runs = 0
    const feed = (lines: readonly Buffer[]) => Buffer.concat(lines.flatMap((one) => [one, Buffer.from('\n')]))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 5, arbitrary: line }, damaged), { maxLength: 40, size: 'max' }),
        async (lines) => {
          // Where a line is there twice, the first one is parsed, and the second is known by its shape.
          const twice = lines.flatMap((one) => [one, one])
          const [plain, parsed] = [feed(twice), feed(twice.map(escaped))]
          const at = ++runs
          expect(await staged(`${shape}-${at}.ndjson`, plain, spec)).toEqual(
            await staged(`${shape}-${at}.ndjson`, parsed, spec),
          )
        },
      ),
      { numRuns: 12 },
    )
  })
})
