/** Which lines of a text file are its table: what stands before the header and behind the rows is passed over as declared. */
import type { FileFormat } from '../../schemas/events/data.ts'
import { type Block, visitLines } from './lines.ts'

type Visit = (bytes: Uint8Array, from: number, to: number, line: number) => void

/** Goes through the blocks of one file, in order. */
export class TableLines {
  blankLines = 0
  skippedLines = 0
  /** Whether the line that ends the rows has been seen. */
  ended = false
  readonly #skip: number
  readonly #end: Uint8Array

  constructor({ skipLines, endsAt }: Pick<FileFormat, 'skipLines' | 'endsAt'>) {
    this.#skip = skipLines
    this.#end = Buffer.from(endsAt.trim())
  }

  visit(block: Block, visit: Visit): void {
    const { bytes } = block
    this.blankLines += visitLines(block, (from, to, line) => {
      if (line > this.#skip && !this.ended && this.#end.length > 0) this.ended = this.#isEnd(bytes, from, to)
      if (line <= this.#skip || this.ended) this.skippedLines++
      else visit(bytes, from, to, line)
    })
  }

  #isEnd(bytes: Uint8Array, from: number, to: number): boolean {
    let start = from
    while (start < to && (bytes[start] === 32 || bytes[start] === 9)) start++
    if (to - start < this.#end.length) return false
    return this.#end.every((byte, at) => bytes[start + at] === byte)
  }
}
