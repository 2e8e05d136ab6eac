/** A sample's history cut short, and its gate made as mild as so few years need. */
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { measureOf } from '../../commands/gate/measures.ts'
import type { SamplePlan, Source } from '../../serving/sample/plan.ts'

type Shortening = Readonly<{
  /** The rows of this day and later are kept (ISO date). */
  from: string
  /** The one test of the gate that may refuse: at least 0 is asked of it. */
  refuse: string
  /** Where the files that it is played from are written. */
  folder: string
}>

/** The plan over the rows of its compressed CSV files from a day on, all tests of its policy but one passed by every model. */
export function shortened(plan: SamplePlan, { from, refuse, folder }: Shortening): SamplePlan {
  const write = (path: string, bytes: Buffer | string): string => {
    const written = join(folder, basename(path))
    writeFileSync(written, bytes)
    return written
  }
  const cut = (source: Source): Source => ({
    ...source,
    files: source.files.map((path) => {
      const [head, ...rows] = gunzipSync(readFileSync(path)).toString('utf8').split('\n')
      return write(path, gzipSync([head, ...rows.filter((row) => row >= from)].join('\n')))
    }),
  })
  const policy = readFileSync(plan.policy, 'utf8').replace(
    /test: (\S+), comparison: (\S+), threshold: \S+/g,
    (_, test: string, comparison: string) => {
      const threshold = test === refuse && comparison === 'at-least' ? 0 : mildest(test, comparison)
      return `test: ${test}, comparison: ${comparison}, threshold: ${threshold}`
    },
  )
  return {
    ...plan,
    prices: cut(plan.prices),
    given: plan.given.map(cut),
    policy: write(plan.policy, policy),
  }
}

/** The threshold that asks for next to nothing: one that asks for nothing is refused. */
function mildest(test: string, comparison: string): number {
  const measure = measureOf(test)
  if (measure === undefined) throw new Error(`no test of the gate: ${test}`)
  const [least, greatest] = measure.demand.range
  const next = (greatest - least) / 1e9
  return comparison === 'at-least' ? least + next : greatest - next
}
