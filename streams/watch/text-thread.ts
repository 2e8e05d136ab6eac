/**
 * A thread in which short texts are parsed, one after the other, and which is ended where one takes too long. It bounds their time alone: a
 * thread that runs out of memory takes its process with it. Their length must bound their memory.
 */
import type { Piscina } from 'piscina'

/** It waits so long for the next text. Meanwhile it keeps nobody alive. */
const IDLE_MILLIS = 5_000

/** Why a text was not parsed: the next one gets a new thread. */
export class ThreadEnded extends Error {}

/** Asks the thread. @throws ThreadEnded */
export type TextThread<T> = (text: string, mostMillis: number) => Promise<T>

/** Loaded with the first text: most commands read none. */
async function poolOf<T>(path: URL): Promise<Piscina<string, T>> {
  const { Piscina } = await import('piscina')
  return new Piscina({
    filename: path.href,
    name: 'parse',
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MILLIS,
    execArgv: [],
  })
}

/** @param path of a module with a function `parse`, of a text */
export function textThread<T>(path: URL): TextThread<T> {
  let pool: Promise<Piscina<string, T>> | null = null
  return async (text, mostMillis) => {
    const late = new AbortController()
    const clock = setTimeout(() => late.abort(), mostMillis)
    try {
      pool ??= poolOf(path)
      return await (await pool).run(text, { signal: late.signal })
    } catch (error) {
      if (late.signal.aborted) throw new ThreadEnded(`its reader took more than ${mostMillis / 1000} seconds`)
      throw new ThreadEnded(`its reader fell over (${error instanceof Error ? error.message : error})`)
    } finally {
      clearTimeout(clock)
    }
  }
}
