/** Parses YAML that a person wrote, within limits: no alias, no tag of its own, no more than a person writes. */
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  Lexer,
  LineCounter,
  Parser,
  visit,
  type YAMLMap,
} from 'yaml'
import { assert } from '../../schemas/kernel/assert.ts'
import type { Result } from '../../schemas/kernel/result.ts'

/** Characters of a file, how many values it may hold, and how deep it may go: all far beyond what anybody writes by hand. */
export const MOST_CHARACTERS = 1 << 19
const MOST_VALUES = 100_000
const MOST_DEPTH = 100

/** What is wrong with a text, and where; lines and columns count from 1. */
export type YamlProblem = Readonly<{ line: number; column: number; why: string }>
export type YamlRead = Result<unknown, YamlProblem>

/** The value of a document, or the first thing that is wrong with it. Time and memory are linear in its length. */
export function parseYaml(text: string): YamlRead {
  if (text.length > MOST_CHARACTERS) return wholly(`it is longer than ${MOST_CHARACTERS} characters`)
  const lines = new LineCounter()
  try {
    const document = documentIn(text, lines)
    assertPlain(document)
    return { ok: true, value: document.toJS({ maxAliasCount: 0 }) }
  } catch (error) {
    if (!(error instanceof Broken)) {
      const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
      return wholly(why)
    }
    const { line, col } = lines.linePos(error.at)
    return {
      ok: false,
      error: { line: Math.max(line, 1), column: Math.max(col, 1), why: error.message },
    }
  }
}

/** What is wrong with no one place of a text. */
export const wholly = (why: string): YamlRead => ({ ok: false, error: { line: 1, column: 1, why } })

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
  // The package's own search for a key that is there twice takes the square of their number, and so do the tags of its other schemas.
  const composer = new Composer({ schema: 'core', resolveKnownTags: false, uniqueKeys: false })
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
  for (const token of tokensOf(text, lines)) {
    if (token.type === 'error') {
      const what = token.source ? `: ${JSON.stringify(token.source.slice(0, 100))}` : ''
      throw new Broken(token.offset, `${token.message}${what}`)
    }
    yield token
  }
}

/** The composer calls itself for each level, and would run out of stack. @throws Broken */
function* tokensOf(text: string, lines: LineCounter): Generator<CST.Token> {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  for (const lexeme of new Lexer().lex(text)) {
    // The document is none of the levels, and neither is what stands in the innermost.
    if (parser.stack.length > MOST_DEPTH + 2)
      throw new Broken(parser.offset, `it goes deeper than ${MOST_DEPTH} levels`)
    yield* parser.next(lexeme)
  }
  yield* parser.end()
}

/** What YAML allows, and no declaration needs. @throws Broken */
function assertPlain(document: Document.Parsed): void {
  const { explicit, version } = document.directives.yaml
  if (explicit === true && version !== '1.2')
    throw new Broken(0, `it says that it is YAML ${version}, and YAML 1.2 is read; leave that line out`)
  let values = 0
  visit(document, (key, node) => {
    if (isPair(node) || !isNode(node)) return
    const at = node.range?.[0] ?? 0
    if (isAlias(node)) throw new Broken(at, `it has an alias (*${node.source}); write what it stands for`)
    // Whoever checks the values does so in a process that cannot be ended.
    if (key !== 'key' && ++values > MOST_VALUES)
      throw new Broken(at, `it holds more than ${MOST_VALUES} values`)
    if (isMap(node)) assertKeys(node)
  })
}

/** Each key is one word, and there once: a list as a key would be written out as text again on each level around it. @throws Broken */
function assertKeys({ items }: YAMLMap): void {
  const seen = new Set<string>()
  for (const { key } of items) {
    if (isAlias(key)) continue
    if (isCollection(key)) throw new Broken(key.range?.[0] ?? 0, 'a key is a list or a map; write a word')
    assert(isScalar(key), 'a key is a scalar where it is no collection')
    // As the value's key is written: null is nothing, and 1 is the same key as "1".
    const name = key.value === null ? '' : String(key.value)
    const at = key.range?.[0] ?? 0
    if (seen.has(name)) throw new Broken(at, `the key ${name.slice(0, 100) || '""'} is there twice`)
    if (name === '__proto__')
      throw new Broken(at, 'the key __proto__ has a meaning of its own; write another')
    seen.add(name)
  }
}
