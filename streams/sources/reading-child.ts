/** The process in which files are read: what it hears are questions, one after the other, what it says are answers. */
import { basename } from 'node:path'
import type { ColumnType } from '../../schemas/column-type.ts'
import { type Fault, Refusal } from '../../schemas/kernel/fault.ts'
import { watched } from '../watch/watched.ts'
import type { Catalog } from './lake/catalog.ts'
import type { ChangeAsked } from './lake/change-terms.ts'
import type { LakePlace } from './lake/place.ts'
import { type FileToAskFor, type FileToRead, type Reading, readWhole } from './reading.ts'
import { roomFor } from './room.ts'
import { placeIn } from './sliced.ts'
import { columnIn, keysIn } from './slices.ts'

/** While a file is read, and says nothing else. */
const BEAT_MILLIS = 200

/** The file that was read last; another one takes its place. */
let reading: Reading | null = null

const opened = (): Reading => {
  if (reading === null) throw new Error('no file was read')
  return reading
}

const answers = {
  async read(file: FileToRead) {
    reading = null
    reading = await readWhole(file, alive)
    return reading.facts
  },
  keys: ({ slice }: Readonly<{ slice: number }>) => keysIn(opened(), slice),
  column: ({ slice, column, type }: Readonly<{ slice: number; column: number; type: ColumnType }>) =>
    columnIn(opened(), slice, { column, placeOf: placeIn(type) }),
  async propose({ path, limits }: FileToAskFor) {
    reading = null
    const file = basename(path)
    const room = roomFor(file, limits, alive)
    const [{ sampleOf }, { propose }] = await Promise.all([
      import('./infer/sample.ts'),
      import('./infer/propose.ts'),
    ])
    return propose(file, await sampleOf({ path, file, limits, room }), room.alive)
  },
  async lakeChange(asked: ChangeAsked) {
    reading = null
    const [{ writeChange }, { filesIn }] = await Promise.all([
      import('./lake/change.ts'),
      import('./lake/reading.ts'),
    ])
    return writeChange(asked, await filesIn(asked.place, alive), alive)
  },
  async lakeTable(asked: Readonly<{ place: LakePlace; catalog?: Catalog | undefined }>) {
    reading = null
    return (await import('./lake/reading.ts')).openTable(asked, alive)
  },
  async lakeVersions({ since }: Readonly<{ since: string | null }>) {
    ;(await import('./lake/reading.ts')).beginVersions(since)
  },
  async lakeVersion(_: Readonly<Record<string, never>>) {
    return (await import('./lake/reading.ts')).nextVersion()
  },
  async lakeLost({ paths }: Readonly<{ paths: readonly string[] }>) {
    return (await import('./lake/reading.ts')).lostOf(paths)
  },
  async yaml({ text }: Readonly<{ text: string }>) {
    reading = null
    return (await import('./yaml-text.ts')).parseYaml(text)
  },
}
export type Answers = typeof answers

export type Said =
  /** It has started, or is there still. */
  | Readonly<{ kind: 'ready' }>
  /** The work goes on. */
  | Readonly<{ kind: 'alive' }>
  /** An answer, a fault, or an error that nobody expected; with the memory that the process has by now. */
  | (Readonly<{ residentBytes: number }> &
      (
        | Readonly<{ kind: 'answer'; value: unknown }>
        | Readonly<{ kind: 'refused'; fault: Fault }>
        | Readonly<{ kind: 'defect'; error: unknown }>
      ))

const say = (said: Said): void => {
  process.send?.(said)
}

let saidAt = Number.NEGATIVE_INFINITY
function alive(): void {
  const now = performance.now()
  if (now - saidAt < BEAT_MILLIS) return
  saidAt = now
  say({ kind: 'alive' })
}

async function answerTo(question: keyof Answers, asked: never) {
  try {
    return { kind: 'answer', value: await answers[question](asked) } as const
  } catch (error) {
    return error instanceof Refusal
      ? ({ kind: 'refused', fault: error.fault } as const)
      : ({ kind: 'defect', error } as const)
  }
}

process.on('message', async (message) => {
  const { question, asked } = message as { question: keyof Answers | 'ready'; asked: never }
  if (question === 'ready') return say({ kind: 'ready' })
  const told = await answerTo(question, asked)
  say({ ...told, residentBytes: process.memoryUsage.rss() })
})
process.on('disconnect', () => process.exit())

const [, , residentBytes, starter] = process.argv.map(Number)
watched({ residentBytes, starter })
say({ kind: 'ready' })
