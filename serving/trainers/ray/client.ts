/**
 * Ray's Jobs API (Ray 2.60, `dashboard/modules/job`). By `node:http`: Ray takes the header that `fetch` adds for a browser's, and refuses
 * to be sent anything by one.
 */
import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { z } from 'zod'
import { refuse } from '../../../schemas/kernel/fault.ts'

const TIMEOUT_MILLIS = 60_000
/** Of an answer; what a job printed has its own bound. */
const ANSWER_BYTES = 16 << 20

const rayJob = z.object({
  status: z.enum(['PENDING', 'RUNNING', 'STOPPED', 'SUCCEEDED', 'FAILED']),
  message: z.string().nullish(),
  /** Unix time in ms; null before it began, and before it ended. */
  start_time: z.number().nullish(),
  end_time: z.number().nullish(),
})
export type RayJob = z.infer<typeof rayJob>
const logs = z.object({ logs: z.string() })

export type Submission = Readonly<{
  id: string
  entrypoint: string
  package: string
  cpus: number
  gpus: number
  /** Bytes of memory that the machine has to have free. */
  memory: number
  resources: Readonly<Record<string, number>>
}>

type Asked = Readonly<{ method?: string; body?: Uint8Array | string; most?: number }>
type Answer = Readonly<{ status: number; body: string }>

export type RayClient = ReturnType<typeof rayClient>

/** @param token sent as a bearer's; null where the cluster asks for none */
export function rayClient({ url, token }: Readonly<{ url: string; token: string | null }>) {
  const send = url.startsWith('https:') ? overHttps : overHttp
  const ask = (path: string, { method = 'GET', body, most = ANSWER_BYTES }: Asked = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const away = (problem: string) => reject(refuse('trainer.ray-away', { url, problem }))
      const headers = {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && {
          'content-type': typeof body === 'string' ? 'application/json' : 'application/octet-stream',
          'content-length': Buffer.byteLength(body),
        }),
      }
      const signal = AbortSignal.timeout(TIMEOUT_MILLIS)
      const asked = send(new URL(path, url), { method, headers, signal }, (reply) => {
        const parts: Buffer[] = []
        let bytes = 0
        reply.on('data', (part: Buffer) => {
          bytes += part.length
          if (bytes > most) asked.destroy(new Error(`${path} answers with more than ${most} bytes`))
          else parts.push(part)
        })
        reply.on('error', (error) => away(error.message))
        reply.on('end', () =>
          resolve({ status: reply.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }),
        )
      })
      asked.on('error', (error) => away(error.message))
      asked.end(body)
    })

  const told = <T>(schema: z.ZodType<T>, { status, body }: Answer): T => {
    const parsed = status === 200 ? schema.safeParse(jsonOf(body)) : null
    if (parsed?.success) return parsed.data
    const problem = `it answers ${status}: ${body.slice(0, 500)}`
    // What is its own trouble passes: one that has just begun has no agent that takes jobs.
    throw refuse(status >= 500 ? 'trainer.ray-away' : 'trainer.ray-refused', { url, problem })
  }

  return {
    /** @throws Refusal `trainer.ray-away`, `trainer.ray-refused`, as all the others */
    async version(): Promise<string> {
      return told(z.object({ ray_version: z.string() }), await ask('/api/version')).ray_version
    },
    /** Gives the cluster the bytes of a package, unless it has them. */
    async bring(name: string, bytes: Uint8Array): Promise<void> {
      const path = `/api/packages/gcs/${name}.zip`
      if ((await ask(path)).status === 200) return
      told(z.unknown(), await ask(path, { method: 'PUT', body: bytes }))
    },
    /** The job of this name; null where there is none. */
    async find(id: string): Promise<RayJob | null> {
      const answer = await ask(`/api/jobs/${id}`)
      return answer.status === 404 ? null : told(rayJob, answer)
    },
    /** @returns false for a job of this name that is there already */
    async submit({
      id,
      entrypoint,
      package: name,
      cpus,
      gpus,
      memory,
      resources,
    }: Submission): Promise<boolean> {
      const body = JSON.stringify({
        ...{ entrypoint, submission_id: id, runtime_env: { working_dir: `gcs://${name}.zip` } },
        ...{ entrypoint_num_cpus: cpus, entrypoint_num_gpus: gpus, entrypoint_memory: memory },
        entrypoint_resources: resources,
        metadata: { program: 'asof' },
      })
      const answer = await ask('/api/jobs/', { method: 'POST', body })
      // A name that is taken is a defect to Ray: 500, with a traceback.
      if (answer.status === 500 && answer.body.includes('already exists')) return false
      told(z.unknown(), answer)
      return true
    },
    /** All that a job printed. @param most in bytes */
    async printed(id: string, most: number): Promise<string> {
      return told(logs, await ask(`/api/jobs/${id}/logs`, { most })).logs
    },
    async stop(id: string): Promise<void> {
      await ask(`/api/jobs/${id}/stop`, { method: 'POST' })
    },
    /** What ended is forgotten, with what it printed. */
    async remove(id: string): Promise<void> {
      await ask(`/api/jobs/${id}`, { method: 'DELETE' })
    },
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
