/** The address of a page at a moment: `/?at=2012-05-01T20:00Z#/models/us20-long-short?sort=run`. It says all that a link needs. */

export type Where = Readonly<{
  /** `now`, a position, or a time; as `asof at` takes it. */
  at: string
  /** The names between the slashes, each as it is. */
  path: readonly string[]
  /** What a page is asked with. */
  query: Readonly<Record<string, string>>
}>

export function whereIn(search: string, hash: string): Where {
  const at = new URLSearchParams(search).get('at') ?? 'now'
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const names = path.split('/').filter((name) => name !== '')
  return {
    at: at.trim() === '' ? 'now' : at.trim(),
    path: names.map(decoded),
    query: Object.fromEntries(new URLSearchParams(query)),
  }
}

export function addressOf({ at, path, query }: Where): string {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString()
  const names = path.map(encodeURIComponent).join('/')
  const moment = at === 'now' ? '' : `?at=${encodeURIComponent(at).replaceAll('%3A', ':')}`
  return `/${moment}#/${names}${asked === '' ? '' : `?${asked}`}`
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
