/** Commands through the server that runs: files are streamed to it, and long work is waited for. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { Refusal, refuse } from '../../schemas/kernel/fault.ts'
import { assertFile, extensionOf } from '../../streams/sources/file-kind.ts'
import { type Arrived, type ArrivedBefore, dataIngest, renamed } from '../commands/data.ts'
import type { CommandDefinition, Done, Prepared } from '../commands/definition.ts'
import type { WorkState } from '../commands/works.ts'
import { ask, type Server } from './remote.ts'
import type { Heard, Site } from './site-port.ts'

type Told<A> = Omit<Done<A>, 'changed'> & Readonly<{ outcome: 'done' | 'already so' }>

type WorkOver<A> = Readonly<{
  state: WorkState
  done: number
  of: number
  result: Told<A> | null
  error: Refusal['fault'] | null
}>

/** How often it is asked how far long work is. */
const ASKING_MILLIS = 100

export function remoteSite(server: Server, { progress = () => {} }: Heard): Site {
  async function perform<A>({ name }: { name: string }, input: unknown): Promise<Done<A>> {
    const path = `/api/v1/commands/${name}`
    const { status, body } = await ask(server, { method: 'POST', path, json: input })
    if (status === 202) return waitFor((body as { work: string }).work)
    return doneOf(body as Told<A>)
  }

  async function waitFor<A>(work: string): Promise<Done<A>> {
    let told = -1
    for (;;) {
      const { body } = await ask(server, { method: 'GET', path: `/api/v1/work/${encodeURIComponent(work)}` })
      const { state, done, of, result, error } = body as WorkOver<A>
      if (done !== told && of > 1) progress(done, of)
      told = done
      if (result !== null) return doneOf(result)
      if (state === 'failed' || state === 'cancelled') throw error === null ? lost(work) : new Refusal(error)
      await sleep(ASKING_MILLIS)
    }
  }

  const lost = (work: string) => refuse('work.unknown', { work })

  return {
    perform: <I, A, Q>(command: CommandDefinition<I, A, Q>, input: I) => perform<A>(command, input),
    async prepare({ name }, question) {
      const path = `/api/v1/prepare/${name}`
      return (await ask(server, { method: 'POST', path, json: question })).body as Prepared
    },
    ingest: (path, spec) => ingest(path, spec),
  }

  async function ingest(path: string, spec: DatasetSpec): Promise<Done<Arrived | ArrivedBefore>> {
    const name = basename(path)
    extensionOf(name)
    assertFile(path)
    await stat(path).catch((error: Error) => {
      throw refuse('source.unreadable', { file: path, why: error.message })
    })
    const { body } = await ask(server, {
      method: 'POST',
      path: `/api/v1/uploads?name=${encodeURIComponent(name)}`,
      bytes: createReadStream(path),
    })
    const { upload } = body as { upload: string }
    return namedHere(path, () => perform(dataIngest, { spec, upload }))
  }
}

const doneOf = <A>({ outcome, ...done }: Told<A>): Done<A> => ({ ...done, changed: outcome === 'done' })

/** The server knows a file by its name alone; whoever sent it knows where it lies. */
async function namedHere<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isOurs = error instanceof Refusal && error.fault.code === 'source.unreadable'
    throw isOurs ? renamed(error, basename(path), resolve(path)) : error
  }
}
