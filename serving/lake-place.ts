/** A table as it is named: a folder, or `s3://bucket/prefix` on the server that is configured. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderPlace, type LakePlace, unreadable } from '../streams/sources/lake/place.ts'
import { bucketAddress, lakeConfig } from './bucket-config.ts'
import { readConfig } from './config.ts'

const ADDRESS = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/*$/s

/**
 * Has the place for as long as `use` takes. What is brought of a bucket lies in this machine's folder for temporary files till then.
 * @param root the folder of the platform whose configuration counts
 * @throws Refusal `lake.unreadable` for an address that is none, and as `readConfig`
 */
export async function withPlace<T>(
  root: string,
  named: string,
  use: (place: LakePlace) => Promise<T>,
): Promise<T> {
  if (!named.startsWith('s3://')) return use(folderPlace(named))
  const { lake } = await readConfig({ root }, process.env)
  const { bucket, prefix } = addressIn(named)
  const config = lake ?? lakeConfig.parse({})
  const folder = mkdtempSync(join(tmpdir(), 'asof-lake-'))
  try {
    const address = { ...bucketAddress({ ...config, bucket }), prefix, mostBytes: config.megabytes * 2 ** 20 }
    return await use({ name: named.replace(/\/+$/, ''), folder, bucket: address })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function addressIn(named: string): Readonly<{ bucket: string; prefix: string }> {
  const [, bucket, path = ''] = ADDRESS.exec(named) ?? []
  const parts = path === '' ? [] : path.split('/')
  if (bucket === undefined || parts.some((part) => ['', '.', '..'].includes(part)))
    throw unreadable({ name: named }, 'a table in a bucket is written as s3://bucket/prefix')
  return { bucket, prefix: parts.map((part) => `${part}/`).join('') }
}
