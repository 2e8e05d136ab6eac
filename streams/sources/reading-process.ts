/**
 * The process in which files are read: started when it is needed, kept for the next file, and ended where it cannot be trusted. A
 * thread would not do: one that runs out of memory at the wrong moment, or whose native code falls over, takes the whole process
 * with it.
 */
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { assert } from '../../schemas/kernel/assert.ts'
import { Refusal } from '../../schemas/kernel/fault.ts'
import { LOOKS, Silence, usageOf } from '../watch/silence.ts'
import type { Answers, Said } from './reading-child.ts'
import { isThere, readerAt, started } from './reading-start.ts'

const READER = fileURLToPath(new URL('./reading-child.ts', import.meta.url))

/** As many processes wait for the next file, each no longer than this, and none that has more memory. */
const MOST_IDLE = 4
const IDLE_MILLIS = 10_000
const IDLE_BYTES = 2 ** 28

/** Asks one question; those that are asked at the same time wait for each other. */
export type Ask = <Q extends keyof Answers>(
  question: Q,
  asked: Parameters<Answers[Q]>[0],
) => Promise<Awaited<ReturnType<Answers[Q]>>>

/** What a reading process is for: one file, or one text. */
type Task = Readonly<{
  /** How much processor time it may take, saying nothing, while it is asked something. */
  silentMillis: number
  /** What is thrown where it is ended. */
  lost: (why: string) => Error
  /** Makes a process for this task alone; one that waits, or a new one that will, if it is left out. */
  start?: (() => ChildProcess) | undefined
}>

/** Processes that wait, each with what ends it. They do not keep this process alive, and end with it. */
const idle = new Map<ChildProcess, NodeJS.Timeout>()

/**
 * Has a process to ask for as long as `use` takes. One that says nothing for too long, takes too much memory or falls over is ended.
 * @throws Refusal `reader.not-started`, `task.lost` where the process was ended, what it refuses, and what `use` throws
 */
export async function withReader<T>(task: Task, use: (ask: Ask) => Promise<T>): Promise<T> {
  const child = await (task.start === undefined ? next() : started(task.start))
  const talk = new Conversation(child, task)
  try {
    return await use((question, asked) => talk.ask(question, asked))
  } finally {
    if (talk.end() && task.start === undefined && idle.size < MOST_IDLE) keep(child)
    else child.kill('SIGKILL')
  }
}

/** The first of those that wait that is there still, or a new one. */
async function next(): Promise<ChildProcess> {
  for (let child = waiting(); child !== undefined; child = waiting()) if (await isThere(child)) return child
  return started(() => readerAt(READER))
}

function waiting(): ChildProcess | undefined {
  const [child] = idle.keys()
  if (child === undefined) return undefined
  clearTimeout(idle.get(child))
  idle.delete(child)
  return child
}

function keep(child: ChildProcess): void {
  const end = setTimeout(() => child.kill('SIGKILL'), IDLE_MILLIS)
  end.unref()
  idle.set(child, end)
  child.once('exit', () => {
    clearTimeout(end)
    idle.delete(child)
  })
}

/** Questions to one process about one file or text, one after the other. */
class Conversation {
  readonly #child: ChildProcess
  readonly #task: Task
  #turn: Promise<unknown> = Promise.resolve()
  #pending = 0
  #ended = false
  /** Why the process can be asked nothing more. */
  #lost: string | null = null
  #residentBytes = 0
  #hear: (said: Said) => void = () => {}
  #lose: (why: string) => void = () => {}

  constructor(child: ChildProcess, task: Task) {
    this.#child = child
    this.#task = task
    child.on('message', (said) => this.#hear(said as Said))
    child.on('error', (error) => this.#lose(error.message))
    child.on('exit', (code, signal) => this.#lose(lastWords(code, signal)))
    this.#hold(false)
  }

  ask: Ask = (question, asked) => {
    assert(!this.#ended, 'a file is gone through while it is open')
    this.#pending++
    const answer = this.#turn.then(() => this.#answerTo({ question, asked }))
    this.#turn = answer.catch(() => {})
    return answer as never
  }

  /** Whether the process can be given another file. */
  end(): boolean {
    this.#ended = true
    if (this.#pending > 0) this.#lose('it was closed while it was gone through')
    for (const event of ['message', 'error', 'exit']) this.#child.removeAllListeners(event)
    this.#child.on('error', () => {})
    return this.#lost === null && this.#residentBytes < IDLE_BYTES
  }

  /** The process keeps this one alive while it is asked something, and else it does not. */
  #hold(on: boolean): void {
    for (const one of [this.#child, this.#child.channel]) on ? one?.ref() : one?.unref()
  }

  async #answerTo(question: object): Promise<unknown> {
    try {
      this.#hold(true)
      const said = await this.#said(question)
      this.#residentBytes = said.residentBytes
      if (said.kind === 'refused') throw new Refusal(said.fault)
      if (said.kind === 'defect') throw said.error
      return said.value
    } finally {
      this.#pending--
      this.#hold(false)
    }
  }

  /** @throws `task.lost`, with the reason why there is no answer */
  async #said(question: object): Promise<Exclude<Said, { kind: 'alive' | 'ready' }>> {
    const { lost, silentMillis } = this.#task
    let clock: NodeJS.Timeout | undefined
    try {
      return await new Promise((resolve, reject) => {
        this.#lose = (why) => {
          this.#lost ??= why
          reject(lost(this.#lost))
        }
        if (this.#lost !== null) this.#lose(this.#lost)
        const silence = new Silence(silentMillis, () => usageOf(this.#child.pid))
        this.#hear = (said) => {
          silence.heard()
          if (said.kind !== 'alive' && said.kind !== 'ready') resolve(said)
        }
        clock = setInterval(() => {
          const silent = silence.look()
          if (silent === null) return
          this.#child.kill('SIGKILL')
          this.#lose(`its reader said nothing for ${silent}, so it is taken to be damaged`)
        }, silentMillis / LOOKS)
        // A process that cannot be told has ended, and says so.
        this.#child.send(question, () => {})
      })
    } finally {
      clearInterval(clock)
    }
  }
}

/** How a process ended that nobody here has ended. Its watch ends it by SIGKILL, V8 at the limit of its heap by SIGABRT. */
function lastWords(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL')
    return 'its reader took more memory than it may have, or was ended from outside (SIGKILL)'
  if (signal === 'SIGABRT') return 'its reader took more memory than it may have, or gave up (SIGABRT)'
  return `its reader fell over (${signal ?? `exit code ${code}`})`
}
