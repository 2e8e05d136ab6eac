/** Markup that is safe by construction: whatever is put into an `html` template is text unless it is markup already. */

/** Only `html`, `markup` and a chart make one; a string never becomes one by itself. */
export type Markup = Readonly<{ markup: string }>
type Piece = Markup | string | number | null | readonly Piece[]

export const html = (parts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup => ({
  markup: parts.reduce((page, part, i) => page + textOf(pieces[i - 1] ?? null) + part),
})

/** Markup that was made elsewhere and escaped there. */
export const trusted = (markup: string): Markup => ({ markup })

export const NOTHING: Markup = { markup: '' }

function textOf(piece: Piece): string {
  if (piece === null) return ''
  if (typeof piece === 'number' || typeof piece === 'string') return escaped(String(piece))
  return 'markup' in piece ? piece.markup : piece.map(textOf).join('')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)
