/** YAML that a person wrote, read within limits: no alias, no tag of its own, no more than a person writes. */
import { isMap, isScalar, parseDocument, visit } from 'yaml'
import type { Result } from '../../schemas/kernel/result.ts'

/** Bytes of a declaration, and how deep it may go; both far beyond what anybody writes by hand. */
const MOST_BYTES = 1 << 20
const MOST_DEPTH = 100

/** The value of a document, or what is wrong with it. */
export function readYaml(text: string): Result<unknown, string> {
  if (text.length > MOST_BYTES) return { ok: false, error: `it is longer than ${MOST_BYTES} characters` }
  if (isDeep(text)) return { ok: false, error: `it goes deeper than ${MOST_DEPTH} levels` }
  try {
    // The package's own search for a key that is there twice takes the square of their number.
    const document = parseDocument(text, { uniqueKeys: false, prettyErrors: true })
    const [broken] = document.errors
    if (broken !== undefined)
      return { ok: false, error: (broken.message.split('\n')[0] ?? '').replace(/:$/, '') }
    const twice = keyThatIsThereTwice(document)
    if (twice !== null) return { ok: false, error: `the key ${twice} is there twice` }
    return { ok: true, value: document.toJS({ maxAliasCount: 0 }) }
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return {
      ok: false,
      error: /alias/i.test(why) ? 'it has an alias (*), which a declaration does not need' : why,
    }
  }
}

/** By what opens a level: brackets, and dashes or indents in a row. The parser itself would run out of stack. */
function isDeep(text: string): boolean {
  let open = 0
  for (const character of text) {
    if (character === '[' || character === '{') open++
    else if (character === ']' || character === '}') open--
    if (open > MOST_DEPTH) return true
  }
  return /(?:[-?:][ \t]+){100}/.test(text) || /^ {1000}/m.test(text)
}

function keyThatIsThereTwice(document: ReturnType<typeof parseDocument>): string | null {
  let twice: string | null = null
  visit(document, {
    Map(_, map) {
      if (!isMap(map)) return undefined
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        const value = isScalar(key) ? key.value : key
        if (seen.has(value)) {
          twice = String(value).slice(0, 100)
          return visit.BREAK
        }
        seen.add(value)
      }
      return undefined
    },
  })
  return twice
}
