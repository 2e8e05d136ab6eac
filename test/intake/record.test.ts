/** A batch of a topic as an arrival: its offsets are recorded with it, and taken one behind the other, whatever is brought again. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { parseMoment } from '../../schemas/kernel/time.ts'
import { declareDataset } from '../../serving/actions.ts'
import { moveOffsets } from '../../serving/intake/acts.ts'
import { recordBatch } from '../../serving/intake/record.ts'
import { topicState } from '../../serving/intake/standing.ts'
import { rejectsOf } from '../../serving/rejects.ts'
import { readDatasetFile } from '../../streams/sources/dataset-file.ts'
import { LIMITS } from '../../streams/sources/room.ts'
import { longSpec } from '../data/files.ts'
import { pricesIn, range, takenIn } from '../support/intake.ts'
import { eventsOf, memoryPlatform } from '../support/memory-platform.ts'

const folder = mkdtempSync(join(tmpdir(), 'asof-record-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let files = 0

const spec = { ...longSpec, columns: [{ name: 'price', unit: 'USD' }] }
const into = { spec, topic: 'ticks', actor: 'asof' }
const line = (n: number, more = '') =>
  JSON.stringify({ entity: `t${n}`, date: '2008-09-15', price: n }) + more

function batch(from: number, lines: readonly string[], cluster = 'c1') {
  const path = join(folder, `${++files}.ndjson`)
  writeFileSync(path, lines.map((one) => `${one}\n`).join(''))
  const to = from + lines.length
  const span = { partition: 0, from, to, messages: lines.length, last: to - 1, lastHash: 'h' }
  return {
    ...{ path, cluster, partitions: [span], dead: [] },
    ...{ linePartition: new Float64Array(lines.length), lineOffset: Float64Array.from(range(from, to)) },
  }
}

async function declared() {
  const platform = await memoryPlatform()
  platform.moment.advanceTo(parseMoment('2024-01-01'))
  await declareDataset(platform, spec, { actor: 'ann', commandId: 'declare' })
  return platform
}

test('the same batch again, an older one and one behind a gap are refused, and leave nothing', async () => {
  const platform = await declared()
  await recordBatch(platform, into, batch(5, [line(1), line(2)]))
  const taken = { fault: { code: 'data.offsets-taken', detail: { next: 7 } } }
  for (const from of [5, 4, 8])
    await expect(recordBatch(platform, into, batch(from, [line(1), line(2)]))).rejects.toMatchObject(taken)
  await recordBatch(platform, into, batch(7, [line(3)]))
  const state = await topicState(platform, { dataset: 'closes', topic: 'ticks' })
  expect(state?.partitions.get(0)).toEqual({ next: 8, last: { offset: 7, hash: 'h' } })
  expect(await pricesIn(platform)).toEqual([1, 2, 3])
  expect(await takenIn(platform)).toEqual(['0:5-7', '0:7-8'])
  const types = (await eventsOf(platform.log)).map(({ type }) => type)
  expect(types.slice(1)).toEqual([
    'data.RowsArrived',
    'data.OffsetsTaken',
    'data.RowsArrived',
    'data.OffsetsTaken',
  ])
  await platform.close()
})

test('two batches of the same bytes are two arrivals: offsets tell them apart, and rows said twice are one', async () => {
  const platform = await declared()
  await recordBatch(platform, into, batch(0, [line(1)]))
  const again = await recordBatch(platform, into, batch(1, [line(1)]))
  expect(again).toMatchObject({ rows: 0, rowsRepeated: 1 })
  expect(await pricesIn(platform)).toEqual([1])
  await platform.close()
})

test('rows that cannot be used, and messages that are none, are kept with their place', async () => {
  const platform = await declared()
  const told = batch(10, [line(1), line(2, '}'), '', line(4)])
  const dead = [{ line: 3, reason: 'message.empty', text: '', bytes: '' }]
  await recordBatch(platform, into, { ...told, dead })
  const [{ source, rejects }] = await rejectsOf(platform, { dataset: 'closes', limit: 10 })
  expect(source).toBe('ticks 0:10-13')
  expect(rejects.map(({ reason, at }) => [reason, at])).toEqual([
    ['row.not-json', { topic: 'ticks', partition: 0, offset: 11 }],
    ['message.empty', { topic: 'ticks', partition: 0, offset: 12 }],
  ])
  // A batch of them alone is recorded too: it is not read again.
  const alone = {
    ...batch(14, ['']),
    dead: [{ line: 1, reason: 'message.not-avro', text: 'x', bytes: 'eA==' }],
  }
  await recordBatch(platform, into, alone)
  expect(await takenIn(platform)).toEqual(['0:10-14', '0:14-15'])
  await platform.close()
})

test('a batch in which a column is missing altogether is no mistake in the whole', async () => {
  const platform = await declared()
  const arrival = await recordBatch(platform, into, batch(0, ['{"entity":"a"}', '{"price":1}']))
  expect(arrival).toMatchObject({ rows: 0, quarantine: { rows: 2 } })
  await platform.close()
})

test('a move says where reading goes on, with its reason; another cluster is refused until somebody says so', async () => {
  const platform = await declared()
  await recordBatch(platform, into, batch(0, [line(1)]))
  const move = (to: number, cluster: string, commandId: string) =>
    moveOffsets(
      platform,
      {
        dataset: 'closes',
        moved: { topic: 'ticks', cluster, partitions: [{ partition: 0, to }], reason: 'expired' },
      },
      { actor: 'eve', commandId },
    )
  expect(await move(40, 'c1', 'one')).toMatchObject({ changed: true })
  expect(await move(40, 'c1', 'two')).toMatchObject({ changed: false })
  await recordBatch(platform, into, batch(40, [line(2)]))
  const other = batch(0, [line(3)], 'c2')
  await expect(recordBatch(platform, into, other)).rejects.toMatchObject({
    fault: { code: 'intake.other-cluster' },
  })
  await move(0, 'c2', 'three')
  await recordBatch(platform, into, other)
  expect(await pricesIn(platform)).toEqual([1, 2, 3])
  const moves = (await eventsOf(platform.log)).filter(({ type }) => type === 'data.OffsetsMoved')
  expect(moves.map(({ actor, data }) => [actor, (data as { reason: string }).reason])).toEqual([
    ['eve', 'expired'],
    ['eve', 'expired'],
  ])
  await platform.close()
})

test('of an arrival that cannot be used at all, each message is kept, however many there are', async () => {
  const platform = await declared()
  const most = LIMITS.rejectsKept + 5
  const told = batch(0, [line(1), ...range(1, most).map((n) => `poison ${n}`)])
  await recordBatch(platform, into, told)
  const [{ rows, rejects }] = await rejectsOf(platform, { dataset: 'closes', limit: most })
  expect([rows, rejects.length]).toEqual([most - 1, most - 1])
  expect(rejects.at(-1)).toMatchObject({ text: `poison ${most - 1}`, at: { offset: most - 1 } })
  await platform.close()
})

test('a row that cannot be used is kept whole, however long it is, and whatever its bytes are', async () => {
  const platform = await declared()
  const long = line(1).replace('"price":1', `"note":"${'x'.repeat(3_000)}","price":"one"`)
  const told = batch(0, [line(0), long, line(2)])
  const damaged = Buffer.concat([
    Buffer.from('{"entity":"'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from(line(3).slice(13)),
  ])
  appendFileSync(told.path, damaged)
  const span = { ...told.partitions[0], to: 4, messages: 4, last: 3 }
  const [linePartition, lineOffset] = [new Float64Array(4), Float64Array.from(range(0, 4))]
  await recordBatch(platform, into, { ...told, partitions: [span], linePartition, lineOffset })
  const [{ rejects }] = await rejectsOf(platform, { dataset: 'closes', limit: 9 })
  const kept = rejects.map(({ at, bytes = '' }) => [at?.offset, Buffer.from(bytes, 'base64')])
  expect(kept).toEqual([
    [1, Buffer.from(long)],
    [3, damaged],
  ])
  await platform.close()
})

test('a poisoned fill is set apart with its offset, and the fills around it arrive', async () => {
  const fills = await readDatasetFile(join(import.meta.dirname, '../../serving/oms/fills.yaml'))
  const platform = await memoryPlatform()
  platform.moment.advanceTo(parseMoment('2024-01-03'))
  await declareDataset(platform, fills, { actor: 'ann', commandId: 'declare' })
  const time = '2024-01-02T15:00:00Z'
  const fill = (of: object) =>
    JSON.stringify({ fill: 'm/7/A/0', time, quantity: 10, price: 1, fee: 0.1, ...of })
  const lines = [
    fill({}),
    fill({ fill: 'm/7/B/0', price: 'market' }),
    fill({ fill: 'm/7/C/0', quantity: 1e300 * 1e300 }),
    fill({ fill: 'm/7/D/0', quantity: 0 }).replace('"quantity":0', '"quantity":-1e999'),
    fill({ fill: 'm/7/E/0', time: '2124-01-02T15:00:00Z' }),
    fill({ fill: null }),
    fill({ fill: 'm/7/F/0', price: 0 }).replace('"fee"', '"price":9,"fee"'),
    fill({ fill: 'm/7/A/0', price: 2 }),
    fill({ fill: 'm/7/G/0', price: 3 }),
  ]
  const arrival = await recordBatch(
    platform,
    { spec: fills, topic: 'fills', actor: 'asof' },
    batch(40, lines),
  )
  // What is written as null is missing, and the row says so; a fill that is told twice otherwise is the first one.
  expect(arrival.rows).toBe(3)
  const [{ rejects }] = await rejectsOf(platform, { dataset: 'oms-fills', limit: 100 })
  expect(rejects.map(({ at, reason }) => [at?.offset, reason])).toEqual([
    [41, 'value.not-a-number'],
    [43, 'value.not-finite'],
    [44, 'time.in-future'],
    [45, 'entity.missing'],
    [46, 'row.key-twice'],
    [47, 'key.conflict'],
  ])
  await platform.close()
})
