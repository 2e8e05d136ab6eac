/**
 * An Iceberg REST catalog: which metadata of a table are in force. It is asked for nothing else: the table's files lie in a folder of this
 * machine, wherever the catalog says that they are.
 */
import { z } from 'zod'
import { type Refusal, refuse } from '../../../schemas/kernel/fault.ts'
import { type Metadata, metadataOf, parsed } from './iceberg-metadata.ts'

export type Catalog = Readonly<{
  /** What stands before `/v1`. */
  url: string
  /** Its namespaces and its name, with points between. */
  table: string
  warehouse?: string | undefined
  /** A bearer token. */
  token?: string | undefined
  /** For both questions together; `CATALOG_MILLIS` unless given. */
  limitMillis?: number
}>

export const CATALOG_MILLIS = 30_000
/** Of one answer: metadata name every snapshot that is kept. */
export const CATALOG_BYTES = 2 ** 26

const config = z.object({
  defaults: z.record(z.string(), z.string()).default({}),
  overrides: z.record(z.string(), z.string()).default({}),
})
const loaded = z.object({ metadata: z.unknown() })
const failed = z.object({ error: z.object({ message: z.string() }) })
/** Between the levels of a namespace, in an address. */
const LEVELS = '\u001f'

/**
 * @param alive is called as an answer comes
 * @throws Refusal `lake.catalog` for one that does not answer in time, or says too much, or no metadata; and before it is asked for a token
 * that would go over the network in the open
 */
export async function metadataFrom(catalog: Catalog, alive: () => void): Promise<Metadata> {
  const { url, table, warehouse, token, limitMillis = CATALOG_MILLIS } = catalog
  const namespace = table.split('.')
  const name = namespace.pop() ?? ''
  const base = addressOf(catalog)
  if (name === '' || namespace.length === 0 || namespace.includes(''))
    throw refusal(catalog, 'a table is written as namespace.table')
  if (token !== undefined && base.protocol === 'http:' && !isThisMachine(base.hostname))
    throw refusal(catalog, 'its token would go over the network in the open: name it with https')
  const signal = AbortSignal.timeout(limitMillis)
  const ask = async (path: string, query = ''): Promise<unknown> => {
    // An answer that leads elsewhere would take the token along.
    const headers = {
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    }
    const reply = await fetch(`${url.replace(/\/+$/, '')}/v1/${path}${query}`, {
      signal,
      headers,
      redirect: 'error',
    })
    const text = await textOf(reply, alive)
    if (reply.ok) return parsed(text)
    const { data } = failed.safeParse(jsonIn(text))
    throw new Error(`it answers ${reply.status}${data === undefined ? '' : `: ${data.error.message}`}`)
  }
  try {
    const query = warehouse === undefined ? '' : `?warehouse=${encodeURIComponent(warehouse)}`
    const { defaults, overrides } = config.parse(await ask('config', query))
    const prefix = overrides.prefix ?? defaults.prefix
    const before = prefix === undefined ? '' : `${prefix.split('/').map(encodeURIComponent).join('/')}/`
    const place = `namespaces/${encodeURIComponent(namespace.join(LEVELS))}/tables/${encodeURIComponent(name)}`
    return metadataOf(loaded.parse(await ask(`${before}${place}`)).metadata)
  } catch (error) {
    throw refusal(catalog, whyOf(error))
  }
}

const refusal = ({ url, table }: Catalog, why: string): Refusal =>
  refuse('lake.catalog', {
    ...{ catalog: url, table, why: why.slice(0, 300) },
    ...{ seconds: CATALOG_MILLIS / 1000, megabytes: CATALOG_BYTES / 2 ** 20 },
  })

function addressOf(catalog: Catalog): URL {
  const address = URL.parse(catalog.url)
  if (
    address === null ||
    !/^https?:$/.test(address.protocol) ||
    address.username !== '' ||
    address.search !== ''
  )
    throw refusal(catalog, 'its address is no URL of http or https without a user and a question')
  return address
}

const isThisMachine = (host: string): boolean => /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(host)

async function textOf({ body }: Response, alive: () => void): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body ?? []) {
    alive()
    bytes += part.length
    if (bytes > CATALOG_BYTES) throw new Error('its answer is longer than is read')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** What fetch says is that it failed; the cause says why. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'it did not answer in time'
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${cause}`
}
