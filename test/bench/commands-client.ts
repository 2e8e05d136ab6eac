/** The clients of the bench of commands, in a process of their own: each waits for its answer before it asks again. */
import { Agent, request } from 'node:http'
import type { DatasetSpec } from '../../schemas/events/data.ts'
import { quantileOf } from '../../streams/statistics/quantile.ts'
import { declaredSpec } from '../data/files.ts'
import type { ClientReport, ClientTask } from './commands.ts'

export const specOf = (n: number): DatasetSpec => ({ ...declaredSpec, dataset: `d${n}` })

type Told = Readonly<{ status: number; body: string; millis: number }>

const agent = new Agent({ keepAlive: true })

const post = (url: string, token: string, n: number): Promise<Told> =>
  new Promise((resolve, reject) => {
    const from = performance.now()
    const body = JSON.stringify({ spec: specOf(n) })
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': `declare-${n}`,
    }
    const sent = request(
      `${url}/api/v1/commands/data.declare`,
      { method: 'POST', agent, headers },
      (reply) => {
        let text = ''
        reply.on('data', (bytes) => {
          text += bytes
        })
        reply.on('end', () =>
          resolve({ status: reply.statusCode ?? 0, body: text, millis: performance.now() - from }),
        )
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })

process.on('message', async ({ url, tokens, commands, repeated }: ClientTask) => {
  const millis: number[] = []
  const failed: string[] = []
  const counts = { done: 0, 'already so': 0 }
  const ask = async (token: string, n: number): Promise<void> => {
    const told = await post(url, token, n)
    millis.push(told.millis)
    if (told.status !== 200) failed.push(`${told.status} ${told.body}`)
    else counts[(JSON.parse(told.body) as { outcome: keyof typeof counts }).outcome]++
  }
  const from = performance.now()
  await Promise.all(
    tokens.map(async (token, client) => {
      for (let n = client; n < commands; n += tokens.length) {
        await ask(token, n)
        if (Math.floor(n / tokens.length) % repeated === 0) await ask(token, n)
      }
    }),
  )
  const times = Float64Array.from(millis)
  const report: ClientReport = {
    seconds: (performance.now() - from) / 1000,
    requests: millis.length,
    done: counts.done,
    alreadySo: counts['already so'],
    failed,
    p50Millis: quantileOf(times, 0.5),
    p99Millis: quantileOf(times, 0.99),
  }
  process.send?.(report)
  process.disconnect()
})
