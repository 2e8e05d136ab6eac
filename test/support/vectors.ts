/** What others have published and tests are checked on; where each is from stands in vectors/README.md. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

export const VECTORS: URL = new URL('vectors/', import.meta.url)

/** The text of a file there, named without `.gz`. */
export const readVector = (name: string): string =>
  gunzipSync(readFileSync(new URL(`${name}.gz`, VECTORS))).toString('utf8')
