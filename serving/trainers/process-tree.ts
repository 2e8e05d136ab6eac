/** How many processes came of one, and how much memory they hold together, as Linux tells it. */
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

const PAGE_BYTES = 4_096
const BLOCK_BYTES = 512
/** More are not walked: whoever asks has a lower limit. */
const MOST = 10_000

export function treeOf(root: number): Readonly<{ count: number; bytes: number }> {
  const waiting = [root]
  const seen = new Set<number>()
  let [count, bytes] = [0, 0]
  for (let pid = waiting.pop(); pid !== undefined && count < MOST; pid = waiting.pop()) {
    count++
    bytes += residentOf(pid) + inFilesOf(pid, seen)
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

/** Files without a name (memfd_create) are memory that no process has in its own. @param seen the numbers of those that were counted */
function inFilesOf(pid: number, seen: Set<number>): number {
  const folder = `/proc/${pid}/fd`
  let bytes = 0
  try {
    for (const name of readdirSync(folder)) {
      const path = `${folder}/${name}`
      if (!linkOf(path).startsWith('/memfd:')) continue
      const { ino, blocks } = statSync(path)
      if (!seen.has(ino)) bytes += blocks * BLOCK_BYTES
      seen.add(ino)
    }
  } catch {
    // It is gone, or nobody may look.
  }
  return bytes
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      told(`/proc/${pid}/task/${task}/children`).split(' ').filter(Boolean).map(Number),
    )
  } catch {
    return []
  }
}
