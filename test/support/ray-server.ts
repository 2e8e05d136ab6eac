/** Ray's Jobs API as its dashboard has it (Ray 2.60), as far as jobs are submitted: what runs a job is the test's own. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { unzipSync } from 'fflate'
import { z } from 'zod'

export type Files = Readonly<Record<string, Uint8Array>>
type Ran = Readonly<{ status: 'SUCCEEDED' | 'FAILED' | 'STOPPED'; logs: string }>
export type Runner = (files: Files, entrypoint: string) => Promise<Ran>

type Told = { status: string; logs: string; start: number; end: number | null; stopped: boolean }

const submission = z.object({
  entrypoint: z.string(),
  submission_id: z.string(),
  runtime_env: z.object({ working_dir: z.string() }),
  entrypoint_num_cpus: z.number(),
  entrypoint_num_gpus: z.number(),
  entrypoint_memory: z.int(),
  entrypoint_resources: z.record(z.string(), z.number()),
})

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** @param token asked of everybody; null for none */
export async function rayServer(run: Runner, token: string | null = null) {
  const packages = new Map<string, Buffer>()
  const jobs = new Map<string, Told>()
  const submitted: z.infer<typeof submission>[] = []
  let isAway = false
  let refusals = 0

  const submit = (body: Buffer): [status: number, answer: unknown] => {
    const asked = submission.parse(JSON.parse(String(body)))
    const { submission_id: id, entrypoint } = asked
    if (jobs.has(id))
      return [
        500,
        `Traceback (most recent call last): ValueError: Job with submission_id ${id} already exists.`,
      ]
    if (refusals-- > 0) return [500, 'No available agent to submit job, please try again later.']
    const zip = packages.get(asked.runtime_env.working_dir.replace(/^gcs:\/\//, ''))
    if (zip === undefined) return [500, 'Traceback: the package is not there']
    const job: Told = { status: 'RUNNING', logs: '', start: Date.now(), end: null, stopped: false }
    jobs.set(id, job)
    submitted.push(asked)
    void run(unzipSync(zip), entrypoint).then(({ status, logs }) => {
      Object.assign(job, { status: job.stopped ? 'STOPPED' : status, logs, end: Date.now() })
    })
    return [200, { job_id: id, submission_id: id }]
  }

  const answer = async (request: IncomingMessage): Promise<[status: number, answer: unknown]> => {
    const { method = '', url = '', headers } = request
    const body = await bodyOf(request)
    if (token !== null && headers.authorization !== `Bearer ${token}`) return [401, 'Unauthorized']
    if (headers['sec-fetch-mode'] !== undefined && method !== 'GET')
      return [405, `'${method}' method not allowed for browser traffic.`]
    if (url === '/api/version') return [200, { version: '4', ray_version: '2.60.0', ray_commit: 'x' }]
    if (method === 'POST' && url === '/api/jobs/') return submit(body)
    const [, name] = /^\/api\/packages\/gcs\/([\w.-]+)$/.exec(url) ?? []
    if (name !== undefined) {
      if (method === 'PUT') packages.set(name, body)
      return packages.has(name) ? [200, ''] : [404, 'not found']
    }
    const [, id = '', what] = /^\/api\/jobs\/([\w-]+)(?:\/(logs|stop))?$/.exec(url) ?? []
    const job = jobs.get(id)
    if (job === undefined) return [404, `Job ${id} does not exist`]
    if (method === 'DELETE') return [200, { deleted: jobs.delete(id) }]
    if (what === 'stop') {
      job.stopped = true
      return [200, { stopped: true }]
    }
    if (what === 'logs') return [200, { logs: job.logs }]
    return [200, { status: job.status, message: null, start_time: job.start, end_time: job.end }]
  }

  const server = createServer(async (request, reply) => {
    if (isAway) {
      request.socket.destroy()
      return
    }
    const [status, told] = await answer(request)
    reply.writeHead(status).end(typeof told === 'string' ? told : JSON.stringify(told))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    submitted,
    jobs,
    packages,
    /** So many submissions find no agent, as at the start of a cluster. */
    refuse(count: number) {
      refusals = count
    },
    away(value: boolean) {
      isAway = value
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}
