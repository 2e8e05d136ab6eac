/**
 * A thread in which short texts are parsed, one after the other, and which is ended where one takes too long. It bounds their time alone: a
 * thread that runs out of memory takes its process with it. Their length bounds their memory: the worst of 16 Ki characters takes 35 MB.
 */
import type { Piscina } from 'piscina'
import { parseYaml, type YamlRead } from './yaml-text.ts'

/** It waits so long for the next text. Meanwhile it keeps nobody alive. */
const IDLE_MILLIS = 5_000

/** Why a text was not parsed: the next one gets a new thread. */
export class ThreadEnded extends Error {}

/** Asks the thread. @throws ThreadEnded */
export type YamlThread = (text: string, mostMillis: number) => Promise<YamlRead>

/** What the thread does with a text. */
export const parse = (text: string): YamlRead => parseYaml(text)

/** Loaded with the first text: most commands read none. */
async function poolOf(path: URL): Promise<Piscina<string, YamlRead>> {
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

/** @param path of a module with a function `parse` */
export function yamlThread(path: URL = new URL(import.meta.url)): YamlThread {
  let pool: Promise<Piscina<string, YamlRead>> | null = null
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
