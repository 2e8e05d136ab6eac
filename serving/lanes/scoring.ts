/** Asks models in a process beside a lane's thread. It is started with the first question, and ends with whoever started it. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Fault, Refusal } from '../../schemas/kernel/fault.ts'
import type { Scorer } from '../../streams/training/models.ts'

export type ScoringAsked = Readonly<{
  id: number
  model: Uint8Array
  features: Float64Array
  columns: number
}>
export type ScoringAnswered = Readonly<
  { id: number } & ({ scores: Float64Array } | { refused: Fault } | { defect: string })
>

const PROCESS = fileURLToPath(new URL('./scoring-process.ts', import.meta.url))

type Waiting = Readonly<{ resolve: (scores: Float64Array) => void; reject: (error: Error) => void }>

export function scoringProcess(): Scorer & Readonly<{ close: () => void }> {
  const waiting = new Map<number, Waiting>()
  let child: ChildProcess | null = null
  let count = 0

  const start = (): ChildProcess => {
    const started = fork(PROCESS, {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    started.on('message', (answered: ScoringAnswered) => {
      const { resolve, reject } = waiting.get(answered.id) ?? {}
      waiting.delete(answered.id)
      if ('scores' in answered) resolve?.(answered.scores)
      else reject?.('refused' in answered ? new Refusal(answered.refused) : new Error(answered.defect))
      if (waiting.size === 0) rest(started)
    })
    // It may be told more than once, and those who wait by then ask another process.
    const lose = (why: string) => {
      if (child !== started) return
      child = null
      for (const { reject } of waiting.values())
        reject(new Error(`the process that asks models ended: ${why}`))
      waiting.clear()
    }
    started.on('error', ({ message }) => lose(message))
    started.once('exit', (code, signal) => lose(`exit ${code ?? signal}`))
    return started
  }
  /** One that has nothing to do keeps nobody alive. */
  const rest = (idle: ChildProcess): void => {
    idle.unref()
    idle.channel?.unref()
  }

  const ask: Scorer = (model, { features, columns }) =>
    new Promise((resolve, reject) => {
      child ??= start()
      child.ref()
      child.channel?.ref()
      const id = ++count
      waiting.set(id, { resolve, reject })
      child.send({ id, model, features, columns } satisfies ScoringAsked)
    })
  return Object.assign(ask, { close: () => void child?.kill() })
}
