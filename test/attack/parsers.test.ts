/** What is parsed in the platform's own process: each parser's worst input is refused before it is made anything of, and harms nobody. */
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { cedarProblem, may } from '../../commands/access/cedar.ts'
import { parseFilter } from '../../projections/tracking/filter.ts'
import { Effort, meets } from '../../projections/tracking/match.ts'
import { cedarExcess } from '../../schemas/access-policy.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { REGISTRY } from '../../schemas/registry.ts'
import { assertParsed } from '../../serving/access/policy-thread.ts'
import { objectIn } from '../../serving/feast/body.ts'
import { assertCounted } from '../../serving/grpc/counted.ts'
import { INFERENCE, serviceOf } from '../../serving/grpc/definitions.ts'
import { questionOf } from '../../serving/inference/asked.ts'
import { decodeRows, encodeRows } from '../../streams/log/arrow.ts'
import { codecOf } from '../../streams/log/codec.ts'
import type { StoredBatch } from '../../streams/log/stored.ts'
import { textThread } from '../../streams/watch/text-thread.ts'
import { temporaryFolder } from '../data/files.ts'

/** Processor time of what is refused: a hundredth of what it took before, on any machine. */
function soon<T>(work: () => T): T {
  const before = process.cpuUsage()
  const value = work()
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1e6).toBeLessThan(1)
  return value
}

/** A number as Avro and Protocol Buffers write it, low bits first. */
function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let left = value
  for (; left > 127n; left >>= 7n) bytes.push(Number(left & 127n) | 128)
  return Buffer.from([...bytes, Number(left)])
}

const folder = temporaryFolder()
describe('an event whose bytes say more items than they have', () => {
  const decoded = (data: Uint8Array) => {
    const event = { position: 1, id: '', type: 'run.Logged', version: 1, eventTime: 0, knownAt: 0, data }
    const batch = { events: [event], commandId: '', stream: 'run-1', firstPosition: 1, firstRevision: 1 }
    return codecOf(REGISTRY).decode(batch as unknown as StoredBatch)
  }
  // An empty name of the run, and then the number of its parameters.
  const saying = (count: bigint, rest: readonly number[] = []) =>
    Buffer.concat([Buffer.from([0]), varint(count * 2n), Buffer.from(rest)])

  it.each([30_000_000n, 2n ** 31n, 2n ** 52n])('%s of them', (count) => {
    soon(() => expect(() => decoded(saying(count))).toThrow(/its data is not a run\.Logged/))
    soon(() => expect(() => decoded(saying(count, [0, 0, 0, 0]))).toThrow(Refusal))
  })

  it('and one that has what it says is read', () => {
    // One parameter "a" = "b", and no tags.
    const bytes = [2, 97, 2, 98, 0, 0]
    expect(decoded(saying(1n, bytes))).toMatchObject([
      { data: { params: [{ key: 'a', value: 'b' }], tags: [] } },
    ])
  })
})

describe('a policy that its parser would not survive', () => {
  const rule = (condition: string) => `permit(principal, action, resource) when { ${condition} };`
  const owner = { name: 'owner', roles: ['owner' as const] }

  it.each([
    ['brackets', rule(`${'('.repeat(2_000)}true${')'.repeat(2_000)}`)],
    ['sets', rule(`${'['.repeat(500)}${']'.repeat(500)} == []`)],
    ['sums', rule(`1 == ${'1 + '.repeat(1_000)}1`)],
    ['attributes', rule(`principal${'.a'.repeat(2_000)}`)],
    ['attributes by name', rule(`principal${'["a"]'.repeat(2_000)}`)],
    ['alternatives', rule(`${'true || '.repeat(2_000)}true`)],
    ['ifs', rule(`${'if true then '.repeat(2_000)}true${' else true'.repeat(2_000)}`)],
    ['conditions', `permit(principal, action, resource)${' when { true }'.repeat(1_000)};`],
    ['brackets behind a comment that a carriage return ends', `// x\r${rule(`${'('.repeat(2_000)}true`)}`],
    ['brackets behind a text with an escape', rule(`"\\"" == ${'('.repeat(2_000)}""`)],
    ['brackets with semicolons among them', rule('((((((((((;'.repeat(200))],
    ['all of it', rule(`"${'a'.repeat(1 << 16)}" == ""`)],
  ])('%s', (_, policy) => {
    soon(() => expect(cedarExcess(policy)).not.toBe(null))
    expect(cedarProblem(policy)).toBe(cedarExcess(policy))
    // One that was let through left nobody who could be let in, until the process was started anew.
    expect(may('permit(principal, action, resource);', owner, 'read')).toBe(true)
  })

  it.each([
    ['for (;;);', 'its reader took more than 0.3 seconds'],
    ["throw new Error('unreachable')", 'its reader fell over (unreachable)'],
    ['process.exit(3)', 'its reader fell over'],
  ])('one that loses the parser loses a thread: %s', async (does, why) => {
    const path = folder.write(
      `policies-${does.length}.mjs`,
      `export const parse = (text) => { if (text === 'lost') { ${does} } return null }`,
    )
    const ask = textThread<string | null>(pathToFileURL(path))
    await expect(assertParsed('lost', { ask, mostMillis: 300 })).rejects.toThrow(why)
    await assertParsed('permit(principal, action, resource);', { ask })
    await expect(assertParsed('permit(principal)')).rejects.toMatchObject({
      fault: { code: 'access.policy-invalid' },
    })
  })

  it('quotes and escapes without end are looked at once each', () => {
    for (const policy of ['"\\'.repeat(30_000), `"${'\\"'.repeat(30_000)}`, '"'.repeat(65_001)])
      soon(() => cedarExcess(policy))
  })

  it('a long list of actions, and many rules, are none', () => {
    const actions = 'Asof::Action::"read", '.repeat(200)
    const policy = `permit(principal, action in [${actions}Asof::Action::"audit"], resource);\n`.repeat(10)
    expect(cedarProblem(policy)).toBe(null)
    expect(may(policy, owner, 'read')).toBe(true)
  })
})

describe('a question over gRPC that says more than any question', () => {
  const MOST = 4 << 20
  const infer = serviceOf(INFERENCE).ModelInfer
  const field = (id: number, body: Uint8Array) =>
    Buffer.concat([varint(BigInt(id * 8 + 2)), varint(BigInt(body.length)), body])
  const filled = (...bytes: readonly number[]) =>
    Buffer.alloc(MOST - (MOST % bytes.length) - 100 * bytes.length, Buffer.from(bytes))
  const tensor = (id: number, body: Uint8Array) => field(5, field(5, field(id, body)))

  it.each([
    ['tensors of nothing', filled(0x2a, 0)],
    ['outputs', filled(0x32, 0)],
    ['raw contents', filled(0x3a, 0)],
    ['parameters', filled(0x22, 0)],
    ['parameters of an input', field(5, filled(0x22, 0))],
    ['contents, again and again', field(5, filled(0x2a, 0))],
    ['whole numbers', tensor(3, filled(1))],
    ['unsigned numbers', tensor(5, filled(1))],
    ['truth values', tensor(1, filled(1))],
    ['texts of nothing', field(5, field(5, filled(0x42, 0)))],
    ['dimensions', field(5, field(3, filled(1)))],
    ['fields that nobody knows', filled(0x78, 0)],
  ])('%s', (_, bytes) => {
    soon(() => expect(() => assertCounted(bytes)).toThrow(/more than \d+ (parts|elements)/))
  })

  it('as many values as a model takes at most are no more', () => {
    const doubles = Buffer.alloc(8 << 18)
    for (const bytes of [tensor(7, doubles), field(7, doubles), tensor(3, Buffer.alloc(1 << 18, 1))])
      expect(() => assertCounted(bytes)).not.toThrow()
  })

  it('what is cut off or no message is left to the decoder, which refuses it', () => {
    const valueless = field(4, field(1, Buffer.from('x')))
    for (const bytes of [
      Buffer.alloc(1_000, 0xff),
      Buffer.from([0x2a, 0xff]),
      Buffer.alloc(1_000, 0x7b),
      valueless,
    ]) {
      expect(() => assertCounted(bytes)).not.toThrow()
      expect(() => infer.requestDeserialize(bytes)).toThrow()
    }
  })

  it('50,000 inputs, each of another name', () => {
    const inputs = Array.from({ length: 50_000 }, (_, at) => ({
      ...{ name: `n${at}`, datatype: 'FP64', shape: [1] },
      content: { values: [1] },
    }))
    const asked = { model: 'm', version: '', id: '', parameters: {}, inputs, outputs: [] }
    const caller = { name: 'a', isKnown: true, deadline: 0 }
    soon(() => expect(() => questionOf(asked, caller)).toThrow(/50000 inputs/))
  })
})

describe('a chunk of Arrow', () => {
  const chunk = (columns: number) =>
    Buffer.from(
      encodeRows({
        length: 1_000,
        entities: ['A'],
        entity: new Uint32Array(1_000),
        eventTime: new Float64Array(1_000),
        knownAt: new Float64Array(1_000),
        columns: Array.from({ length: columns }, (_, at) => ({
          name: `c${at}`,
          values: new Float64Array(1_000).fill(at + 1),
        })),
      }),
    )

  it('whose columns lie over one another, so that they say a hundred times what it has', () => {
    const bytes = chunk(100)
    // Each column is made to begin at the start of the body, and to have a hundred times the rows.
    for (let at = 8; at + 16 <= bytes.length; at += 8) {
      const [before, value] = [bytes.readBigInt64LE(at - 8), bytes.readBigInt64LE(at)]
      if (value === 1_000n) bytes.writeBigInt64LE(100_000n, at)
      // An offset and a length: 8,000 bytes of a column, 4,000 of the indices.
      else if (
        (value === 8_000n || value === 4_000n) &&
        before % 8n === 0n &&
        before < 900_000n &&
        before !== 1_000n
      ) {
        bytes.writeBigInt64LE(0n, at - 8)
        bytes.writeBigInt64LE(value * 100n, at)
      }
    }
    soon(() => expect(() => decodeRows(bytes)).toThrow(/says more values than it has bytes/))
  })
})

describe('a search over runs', () => {
  const runs = Array.from({ length: 1_000 }, (_, at) => ({ run: `r${at}`, tag: 'a'.repeat(8_000) }))
  const searched = (filter: string) => {
    const conditions = parseFilter(filter, { tags: 'tags' })
    const how = { reading: (one: (typeof runs)[number]) => one.tag, effort: new Effort() }
    return runs.filter((one) => meets(one, conditions, how)).length
  }

  it.each([
    ['a pattern that begins again at each character', `tags.x LIKE '%${'a'.repeat(4_000)}b'`],
    ['thousands of conditions', Array(5_000).fill("tags.x != ''").join(' AND ')],
  ])('%s is refused before it takes long', (_, filter) => {
    const many = filter.includes(' AND ') ? Array(20).fill(runs).flat() : runs
    const conditions = parseFilter(filter, { tags: 'tags' })
    const how = { reading: (one: (typeof runs)[number]) => one.tag, effort: new Effort() }
    soon(() => expect(() => many.filter((one) => meets(one, conditions, how))).toThrow(/compares too much/))
  })

  it('a list of thousands of values, and patterns as people write them, are none', () => {
    const list = Array.from({ length: 5_000 }, (_, at) => `'${at}'`).join()
    soon(() => expect(searched(`tags.x NOT IN (${list})`)).toBe(1_000))
    soon(() => expect(searched("tags.x LIKE '%a_a%' AND tags.x ILIKE 'A%'")).toBe(1_000))
  })
})

describe('a body of Feast', () => {
  const filled = (unit: string) =>
    `{"a":1234567890123456,"b":[${unit.repeat(Math.floor((4 << 20) / unit.length) - 20)}1]}`

  it.each([
    ['numbers', '1,'],
    ['objects', '{},'],
    ['long numbers', '1234567890123456,'],
    ['quotes', '"\\\\\\"",'],
  ])('of 4 MiB of %s is gone through once', (_, unit) => {
    soon(() => expect(objectIn(filled(unit)).a).toBe(1234567890123456))
  })

  it('with a whole number that no double is, is refused, and in a text it is a text', () => {
    expect(() => objectIn('{"a":["x\\"",12345678901234567891]}')).toThrow(/beyond 2\^53/)
    expect(objectIn('{"a":"12345678901234567891","b":1.2345678901234567891,"c":1e22}')).toMatchObject({
      c: 1e22,
    })
  })
})
