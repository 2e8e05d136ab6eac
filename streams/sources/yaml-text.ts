/** YAML that a person wrote, read within limits: no alias, no tag of its own, no more than a person writes. */
import { Composer, type CST, type Document, isMap, isScalar, LineCounter, Parser, visit } from 'yaml'
import { assert } from '../../schemas/kernel/assert.ts'
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
  const lines = new LineCounter()
  const broken = (at: number, why: string): Result<never, YamlProblem> => {
    const { line, col } = lines.linePos(at)
    return { ok: false, error: { line: Math.max(line, 1), column: Math.max(col, 1), why } }
  }
  try {
    const document = documentIn(text, lines)
    const twice = keyThatIsThereTwice(document)
    if (twice !== null) return broken(twice.at, `the key ${twice.key} is there twice`)
    return { ok: true, value: document.toJS({ maxAliasCount: 0 }) }
  } catch (error) {
    if (error instanceof Broken) return broken(error.at, error.message)
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    return whole(/alias/i.test(why) ? 'it has an alias (*name); write what it stands for' : why)
  }
}

/** The first thing that is wrong, and where it stands. */
class Broken extends Error {
  readonly at: number
  constructor(at: number, why: string) {
    super(why)
    this.at = at
  }
}

/**
 * The only document of a text. `parseDocument` of the package would go on behind an error, and for each one go over its whole line:
 * 500 KB of quotes took minutes, and gigabytes.
 * @throws Broken
 */
function documentIn(text: string, lines: LineCounter): Document.Parsed {
  // The package's own search for a key that is there twice takes the square of their number.
  const composer = new Composer({ uniqueKeys: false })
  // The composer catches what is thrown within a node, and says it again of whatever is around.
  let first: Broken | null = null
  const stop = (source: number | readonly number[] | { offset: number }, _: string, why: string): never => {
    const [at = 0] = typeof source === 'number' ? [source] : 'offset' in source ? [source.offset] : source
    first ??= new Broken(at, why)
    throw first
  }
  assert(
    typeof Reflect.get(composer, 'onError') === 'function',
    'the composer says in one place what is wrong',
  )
  Reflect.set(composer, 'onError', stop)
  let document: Document.Parsed | null = null
  for (const one of composer.compose(soundTokens(text, lines), true, text.length)) {
    const [wrong] = [...one.errors, ...one.warnings]
    if (wrong !== undefined) throw new Broken(wrong.pos[0], wrong.message)
    if (document !== null) throw new Broken(one.range[0], 'it holds more than one document')
    document = one
  }
  assert(document !== null, 'an empty text is an empty document')
  return document
}

/** @throws Broken */
function* soundTokens(text: string, lines: LineCounter): Generator<CST.Token> {
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    if (token.type === 'error') {
      const what = token.source ? `: ${JSON.stringify(token.source.slice(0, 100))}` : ''
      throw new Broken(token.offset, `${token.message}${what}`)
    }
    yield token
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

function keyThatIsThereTwice(document: Document.Parsed) {
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
