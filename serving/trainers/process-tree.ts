/** How many processes came of one, and how much memory they hold together, as Linux tells it. */
import { readdirSync, readFileSync } from 'node:fs'

const PAGE_BYTES = 4_096
/** More are not walked: whoever asks has a lower limit. */
const MOST = 10_000

export function treeOf(root: number): Readonly<{ count: number; bytes: number }> {
  const waiting = [root]
  let [count, bytes] = [0, 0]
  for (let pid = waiting.pop(); pid !== undefined && count < MOST; pid = waiting.pop()) {
    count++
    bytes += residentOf(pid)
    waiting.push(...childrenOf(pid))
  }
  return { count, bytes }
}

/** A process may be gone between two looks. */
function told(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const residentOf = (pid: number): number =>
  (Number(told(`/proc/${pid}/statm`).split(' ')[1]) || 0) * PAGE_BYTES

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      told(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
    )
  } catch {
    return []
  }
}
