/** Trains in sandboxes of this machine, so many at a time. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refuse } from '../../schemas/kernel/fault.ts'
import { metricsIn } from './metrics.ts'
import type { Executor, Job, Made } from './port.ts'
import { confined, sandboxProblem } from './sandbox.ts'

/** @param atOnce more jobs than this wait */
export function localExecutor(atOnce: number): Executor {
  const free = Array.from({ length: atOnce }, (_, place) => place)
  const waiting: ((place: number) => void)[] = []
  const placed = (): Promise<number> | number => free.pop() ?? new Promise((resolve) => waiting.push(resolve))
  const leave = (place: number): void => {
    const next = waiting.shift()
    if (next === undefined) free.push(place)
    else next(place)
  }

  return {
    name: 'local',
    notHeld: [],
    atOnce,
    assertReady() {
      const problem = sandboxProblem()
      if (problem !== null) throw refuse('trainer.no-sandbox', { problem })
    },
    async run(job) {
      const place = await placed()
      try {
        return await inFolder(job, place)
      } finally {
        leave(place)
      }
    },
  }
}

async function inFolder({ code, table, told, command, mounts, limits }: Job, place: number): Promise<Made> {
  const folder = await mkdtemp(join(tmpdir(), 'asof-trainer-'))
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
