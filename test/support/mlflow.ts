/** A platform in a folder with its server, asked as an MLflow client asks. */
import type { Config } from '../../serving/config.ts'
import type { Platform } from '../../serving/platform.ts'
import { type Served, served } from './admitted.ts'

export type Answer = Readonly<{
  status: number
  body: Record<string, unknown> & { error_code?: string; message?: string }
}>

export type Desk = Readonly<{
  server: Served
  post: (path: string, json: unknown, headers?: Record<string, string>) => Promise<Answer>
  get: (path: string, query?: Record<string, string>) => Promise<Answer>
  /** A new run of an experiment. */
  run: (experiment?: string, more?: object) => Promise<string>
}>

const AT = '/api/2.0/mlflow/'

export async function deskOf(platform: Platform, config: Partial<Config> = {}): Promise<Desk> {
  const server = await served(platform, { config })
  const answered = async (reply: Response): Promise<Answer> => ({
    status: reply.status,
    body: (await reply.json()) as Answer['body'],
  })
  const post: Desk['post'] = async (path, json, headers = {}) =>
    answered(
      await server.get(`${AT}${path}`, {
        method: 'POST',
        body: typeof json === 'string' ? json : JSON.stringify(json),
        headers: { 'content-type': 'application/json', ...headers },
      }),
    )
  return {
    server,
    post,
    get: async (path, query = {}) => answered(await server.get(`${AT}${path}?${new URLSearchParams(query)}`)),
    async run(experiment = '0', more = {}) {
      const { body } = await post('runs/create', { experiment_id: experiment, ...more })
      return (body.run as { info: { run_id: string } }).info.run_id
    },
  }
}
