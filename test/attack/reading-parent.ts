/** Reads files in a process of its own, which a test watches: how it ends, and what it holds meanwhile. */
import type { ChildProcess } from 'node:child_process'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { readFile } from '../../streams/sources/file.ts'
import { readerAt } from '../../streams/sources/reading-start.ts'
import { longDataset } from '../support/sessions.ts'

const READER = new URL('../../streams/sources/reading-child.ts', import.meta.url).pathname
const children: ChildProcess[] = []
const start = (path = READER) => {
  const child = readerAt(path)
  children.push(child)
  return child
}

const spec = (...columns: readonly string[]): DatasetSpec => ({
  ...longDataset(
    'closes',
    columns.map((name) => ({ name, unit: '' })),
  ),
  ...{ entityColumn: 'entity', timeColumn: 'date', timeOfDay: '16:00', timeZone: 'America/New_York' },
})
const options = { spec: spec('close'), receivedAt: 1.7e15 }

const [, , what, path = '', reader = ''] = process.argv
if (what === 'ends') {
  const whole = { ...options, start: () => start() }
  const breaksOff = await readFile(path, whole, async ({ rows }) => {
    for await (const { length } of rows) return length
    return 0
  })
  const throws = readFile(path, whole, () => {
    throw new Error('of its own')
  })
  await throws.catch(() => {})
  // One who waits for nothing, and one who is never done.
  await readFile(
    path,
    whole,
    ({ rows }) =>
      void rows[Symbol.asyncIterator]()
        .next()
        .catch(() => {}),
  )
  void readFile(path, whole, ({ rowCount }) => {
    console.log(JSON.stringify({ breaksOff, rowCount, pids: children.map(({ pid }) => pid) }))
    return new Promise(() => {})
  })
} else if (what === 'hangs' || what === 'starts') {
  const told = () => {
    const child = start(reader)
    setTimeout(() => process.stdout.write(`${child.pid}`), what === 'hangs' ? 1_000 : 0)
    return child
  }
  void readFile(path, { ...options, limits: { silentMillis: 60_000 }, start: told }, () => {})
} else {
  const held = (): number => {
    // What is freed is told with the collection after.
    globalThis.gc?.()
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    return (heapUsed + external) / 1e6
  }
  const told = await readFile(path, { ...options, spec: spec('close', 'volume') }, async (file) => {
    let [rows, slices, most] = [0, 0, 0]
    const before = held()
    for await (const slice of file.rows) {
      rows += slice.length
      slices++
      most = Math.max(most, held() - before)
    }
    return { rows, slices, mostMegabytes: most }
  })
  console.log(JSON.stringify(told))
}
