/** Claims: the numbers in advertisements, and how each stands. */
import { claims } from '../../../projections/claim/claims.ts'
import type { Past } from '../past.ts'

export async function claimsPage({ view }: Past) {
  const state = await view(claims)
  return { claims: Object.entries(state.claims).map(([claim, view]) => ({ claim, ...view })) }
}
