/** What stands in DuckDB's SQL: paths, names and texts in quotes. It loads no DuckDB. */
import { resolve } from 'node:path'

/**
 * A path as DuckDB takes it, in quotes, so that it names this one file: brackets keep `*`, `?` and `[` from being patterns, and
 * an absolute path keeps `~` and `s3:` from being somewhere else.
 */
export const placeOf = (path: string): string => literal(resolve(path).replace(/[*?[]/g, '[$&]'))

export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`
