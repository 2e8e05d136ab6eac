/**
 * Writes Unicode's table of confusables as the data of `schemas/kernel/look.ts`: `npm run confusables -- FILE`, where FILE is
 * https://www.unicode.org/Public/<version>/security/confusables.txt as it was published.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const TABLE = new URL('../../schemas/kernel/confusables.json', import.meta.url)

/** Prototypes with all that is drawn like them, in code points, in the order of the file. */
export function tableFrom(text: string) {
  const version = /^# Version: (\S+)/m.exec(text)?.[1]
  const date = /^# Date: (\S+),/m.exec(text)?.[1]
  const total = /^# total: (\d+)/m.exec(text)?.[1]
  const alike: Record<string, string[]> = {}
  let rows = 0
  for (const [, source, prototype] of text.matchAll(/^([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA\t/gm)) {
    alike[prototype] ??= []
    alike[prototype].push(source)
    rows++
  }
  if (version === undefined || rows !== Number(total)) throw new Error(`${rows} of ${total} rows were read`)
  const source = `Unicode ${version}, security/confusables.txt of ${date} (UTS 39). Unicode License v3: UNICODE-LICENSE.txt.`
  const joined = Object.entries(alike).map(([prototype, sources]) => [prototype, sources.join(' ')])
  return { source, rows, alike: Object.fromEntries(joined) as Record<string, string> }
}

const [file] = process.argv.slice(2)
if (file !== undefined && process.argv[1]?.endsWith('confusables.ts'))
  writeFileSync(TABLE, `${JSON.stringify(tableFrom(readFileSync(file, 'utf8')), null, 2)}\n`)
