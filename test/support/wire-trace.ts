/** Recorded conversations of the stock MLflow client with a server, to be held again with another one. */
import { readVector } from './vectors.ts'

export type Exchange = Readonly<{
  method: string
  path: string
  status: number
  query: Readonly<Record<string, string>>
  /** What was sent; for a file, how many bytes of which type. */
  sent: unknown
  answer: unknown
}>

/** Their files were not recorded, but how many bytes each had: `<12 bytes text/plain>`. */
const BYTES = /^<(?:raw )?(\d+)(?: bytes [^>]*)?>/

export const bytesIn = (text: unknown): number | null => {
  const [, bytes] = typeof text === 'string' ? (BYTES.exec(text) ?? []) : []
  return bytes === undefined ? null : Number(bytes)
}

export function exchangesOf(release: '3.6' | '3.17'): readonly Exchange[] {
  return readVector(`mlflow-${release}-client-wire-trace.jsonl`)
    .trim()
    .split('\n')
    .map((line) => {
      const { route, status, query = {}, req = null, res } = JSON.parse(line)
      const [method, path] = route.split(' ')
      return { method, path, status, query, sent: req, answer: res }
    })
}
