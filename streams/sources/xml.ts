/** XML as a tree, and refused where it is not well formed: no end tag that is missing, nothing behind the root. */
import { Parser } from 'htmlparser2'

/** An element: its name, its text, and the elements in it, in their order. */
export type Element = Readonly<{ name: string; line: number; children: readonly Element[]; text: string }>

type Open = { name: string; line: number; children: Element[]; text: string }

const MOST_DEPTH = 64
const MOST_ELEMENTS = 200_000

/** @throws Error that says what is wrong */
export function parseXml(text: string): Element {
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw new Error('it declares a document type; leave that out')
  const lines = lineCounter(text)
  const open: Open[] = []
  const roots: Element[] = []
  let elements = 0
  const parser: Parser = new Parser(
    {
      onopentag(name) {
        if (++elements > MOST_ELEMENTS) throw new Error(`it has more than ${MOST_ELEMENTS} elements`)
        if (open.length >= MOST_DEPTH) throw new Error(`its elements are more than ${MOST_DEPTH} deep`)
        if (open.length === 0 && roots.length > 0) throw new Error(`<${name}> stands behind the root`)
        open.push({ name, line: lines(parser.startIndex), children: [], text: '' })
      },
      ontext(data) {
        const own = open.at(-1)
        if (own !== undefined) own.text += data
        else if (data.trim() !== '') throw new Error('text stands outside the root')
      },
      onclosetag(name, isImplied) {
        const own = open.pop()
        const isEmpty = text.startsWith('/>', parser.endIndex - 1)
        if (own === undefined || own.name !== name || (isImplied && !isEmpty))
          throw new Error(`<${own?.name ?? name}> of line ${own?.line ?? 1} has no end`)
        const element = { ...own, text: own.text.trim() }
        const above = open.at(-1)
        if (above === undefined) roots.push(element)
        else above.children.push(element)
      },
    },
    { xmlMode: true, decodeEntities: true },
  )
  parser.write(text)
  parser.end()
  const [root] = roots
  if (root === undefined) throw new Error('it has no element')
  return root
}

/** Lines from 1, asked for in the order of the text. */
function lineCounter(text: string): (at: number) => number {
  let [line, counted] = [1, 0]
  return (at) => {
    for (; counted < at; counted++) if (text.charCodeAt(counted) === 10) line++
    return line
  }
}

/** The elements of a name in an element. */
export const childrenOf = ({ children }: Element, name: string): readonly Element[] =>
  children.filter((child) => child.name === name)

/** The text at a path of names; empty where there is none. SEC's forms put it in an element `value`. */
export function textAt(element: Element, ...path: readonly string[]): string {
  let own: Element | undefined = element
  for (const name of path) own = own?.children.find((child) => child.name === name)
  return own?.children.find((child) => child.name === 'value')?.text ?? own?.text ?? ''
}
