/** Trains in sandboxes of this machine, so many at a time. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { sha256 } from '../../schemas/kernel/canonical.ts'
import { refuse } from '../../schemas/kernel/fault.ts'
import { hasCode } from '../../streams/log/files.ts'
import { metricsIn } from './metrics.ts'
import { places } from './places.ts'
import type { Executor, Job, Made } from './port.ts'
import { confined, sandboxProblem } from './sandbox.ts'

/**
 * @param atOnce more jobs than this wait
 * @param of whose jobs they are: what an earlier process of the same left behind when it was killed is removed
 */
export function localExecutor(atOnce: number, of = ''): Executor {
  const prefix = join(tmpdir(), `asof-trainer-${sha256(of).slice(0, 12)}-`)
  let swept: Promise<void> | null = null
  const inPlace = places(atOnce)
  return {
    name: 'local',
    notHeld: [],
    atOnce,
    tries: 3,
    async assertReady() {
      const problem = await sandboxProblem()
      if (problem !== null) throw refuse('trainer.no-sandbox', { problem })
    },
    run: (job) =>
      inPlace(async (place) => {
        swept ??= sweep(prefix)
        await swept
        return await inFolder(job, { place, prefix: `${prefix}${process.pid}-` })
      }, job.of),
  }
}

/** Removes the folders of processes that are gone. What belongs to somebody else stays. */
async function sweep(prefix: string): Promise<void> {
  const names = await readdir(dirname(prefix))
  for (const name of names) {
    const [, pid] = new RegExp(`^${basename(prefix)}(\\d+)-`).exec(name) ?? []
    if (pid === undefined || isThere(Number(pid))) continue
    await rm(join(dirname(prefix), name), { recursive: true, force: true }).catch(() => undefined)
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return hasCode(error, 'EPERM')
  }
}

type Place = Readonly<{ place: number; prefix: string }>

async function inFolder(
  { code, table, told, command, mounts, limits }: Job,
  { place, prefix }: Place,
): Promise<Made> {
  const folder = await mkdtemp(prefix)
  try {
    const [root, given] = [join(folder, 'root'), join(folder, 'in')]
    await mkdir(root)
    // Readable by the trainer, who has a user id of its own.
    await mkdir(given, { mode: 0o755 })
    await writeFile(join(given, 'code.tar'), code, { mode: 0o644 })
    await writeFile(join(given, 'train.arrow'), table, { mode: 0o644 })
    await writeFile(join(given, 'run.json'), JSON.stringify(told), { mode: 0o644 })
    const { model, metrics, seconds, failure, isLost } = await confined({
      root,
      in: given,
      mounts,
      command,
      limits,
      place,
    })
    const read = metricsIn(metrics)
    const why =
      failure ?? (model.length === 0 ? 'it wrote no model.onnx' : typeof read === 'string' ? read : null)
    return { model, metrics: typeof read === 'string' ? [] : read, seconds, failure: why, isLost }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
