/** YAML that a person wrote, read within limits: no alias, no tag of its own, no more than a person writes. */
import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { Result } from '../../schemas/kernel/result.ts'

/** Characters of a file, and how deep it may go; both far beyond what anybody writes by hand. */
const MOST_CHARACTERS = 1 << 19
const MOST_DEPTH = 100

/** What is wrong with a text, and where; lines and columns count from 1. */
type YamlProblem = Readonly<{ line: number; column: number; why: string }>

/** The value of a document, or the first thing that is wrong with it. Time and memory are linear in its length. */
export function readYaml(text: string): Result<unknown, YamlProblem> {
  const whole = (why: string): Result<never, YamlProblem> => ({
    ok: false,
    error: { line: 1, column: 1, why },
  })
  if (text.length > MOST_CHARACTERS) return whole(`it is longer than ${MOST_CHARACTERS} characters`)
  if (isDeep(text)) return whole(`it goes deeper than ${MOST_DEPTH} levels`)
  try {
    const lineCounter = new LineCounter()
    // The package's own search for a key that is there twice takes the square of their number.
    // It makes an excerpt for each of a thousand errors, of which the first is told.
    const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, lineCounter })
    const [broken] = [...document.errors, ...document.warnings]
    if (broken !== undefined) {
      const { line, col } = lineCounter.linePos(broken.pos[0])
      return { ok: false, error: { line, column: col, why: broken.message.split('\n')[0] ?? '' } }
    }
    const twice = keyThatIsThereTwice(document)
    if (twice !== null) {
      const { line, col } = lineCounter.linePos(twice.at)
      return { ok: false, error: { line, column: col, why: `the key ${twice.key} is there twice` } }
    }
    return { ok: true, value: document.toJS({ maxAliasCount: 0 }) }
  } catch (error) {
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return whole(/alias/i.test(why) ? 'it has an alias (*name); write what it stands for' : why)
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

function keyThatIsThereTwice(document: ReturnType<typeof parseDocument>) {
  let twice: Readonly<{ key: string; at: number }> | null = null
  visit(document, {
    Map(_, map) {
      if (!isMap(map)) return undefined
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value)) {
          twice = { key: String(key.value).slice(0, 100), at: key.range?.[0] ?? 0 }
          return visit.BREAK
        }
        seen.add(key.value)
      }
      return undefined
    },
  })
  return twice as Readonly<{ key: string; at: number }> | null
}
