/** When a process that says nothing is to be ended: by the processor time that it took meanwhile, which a busy machine does not give it. */
import { readFileSync } from 'node:fs'

/** It is looked at so many times while it may say nothing: whoever looks may have been busy itself, and heard nothing. */
export const LOOKS = 10

/** One that waits takes no processor time: it may be silent this many times as long by the clock. So may any where no times are told. */
const WAITING_TIMES = 12

/** The kernel counts processor time in hundredths of a second, whatever the machine (proc_pid_stat(5)). */
const TICK_MILLIS = 10

export type Usage = Readonly<{
  /** Processor time since it began. */
  millis: number
  /** Whether it is at work, or would be if it had a processor. */
  isRunning: boolean
}>

/** What the kernel tells of a process; null where it tells nothing. */
export function usageOf(pid: number | undefined): Usage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name, in parentheses, may hold anything.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const millis = (Number(fields[10]) + Number(fields[11])) * TICK_MILLIS
    return millis > 0 ? { millis, isRunning: state === 'R' } : null
  } catch {
    return null
  }
}

/** Watches over one process while it is asked something: `look` is called `LOOKS` times in the time for which it may say nothing. */
export class Silence {
  readonly #millis: number
  readonly #usage: () => Usage | null
  #looks = 0
  #waited = 0
  /** What it had used at the first look since it was heard. */
  #from: number | null = null

  constructor(millis: number, usage: () => Usage | null) {
    this.#millis = millis
    this.#usage = usage
  }

  heard(): void {
    this.#looks = 0
    this.#waited = 0
    this.#from = null
  }

  /** How long it has been silent, in words, where that is too long; null where it is not. */
  look(): string | null {
    const usage = this.#usage()
    this.#looks++
    if (usage === null || !usage.isRunning) this.#waited++
    if (this.#waited > LOOKS * WAITING_TIMES) return secondsOf(this.#millis * WAITING_TIMES)
    if (usage === null) return null
    this.#from ??= usage.millis
    const isOver = this.#looks > LOOKS && usage.millis - this.#from >= this.#millis
    return isOver ? `${secondsOf(this.#millis)} of processor time` : null
  }
}

const secondsOf = (millis: number): string => `${Math.round(millis / 1000)} seconds`
