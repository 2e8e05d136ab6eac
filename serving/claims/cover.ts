/** The cover of a pack: what is claimed, for people. It proves nothing; the verifiers print what does. */
import type { ClaimState } from '../../commands/claim/claim.ts'
import { sessionDate } from '../../schemas/calendar.ts'
import { html } from '../../schemas/kernel/markup.ts'
import { formatMoment } from '../../schemas/kernel/time.ts'

type Drafted = ClaimState & { draft: NonNullable<ClaimState['draft']> }
type Sealed = Readonly<{ size: number; whole: boolean; identity: string }>

export function coverOf(
  claim: string,
  { draft, check, approval, sent, withdrawn }: Drafted,
  sealed: Sealed,
): string {
  const { figure, fees } = draft
  const rows: [string, string][] = [
    ['Claim', claim],
    ['Text', draft.text],
    ['Number', `${draft.measure} of ${draft.model}, ${draft.unit}, ${draft.decimals} decimals`],
    ['Gross', `${draft.gross ?? 'not shown'} (exactly ${figure.gross})`],
    ['Net', `${draft.net ?? 'not shown'} (exactly ${figure.net ?? 'not worked out'})`],
    [
      'Fees',
      fees === null
        ? 'none stated'
        : `${fees.name}, ${fees.basis}: ${fees.managementBps} bps a year, ${fees.performance * 100} % of gains above the high-water mark`,
    ],
    [
      'Period',
      `${sessionDate(draft.from)} to ${sessionDate(draft.to)} (exclusive): ${figure.sessions} sessions`,
    ],
    ['Restated', `${figure.restated} sessions; ${figure.leftOut} of the period do not count`],
    ['Class', draft.regime],
    ['Run', `${figure.run}, file ${figure.artifact}`],
    ['Trials', check === null ? 'not checked' : `${check.trials.started} in family ${check.trials.family}`],
    ...(check?.rules ?? []).map(({ rule, source, passed, says }): [string, string] => [
      `Rule ${rule}`,
      `${passed ? 'passed' : 'BROKEN'}: ${says} (${source}; have counsel confirm)`,
    ]),
    [
      'Approved',
      approval === null
        ? 'no'
        : `by ${approval.member}: ${approval.reason}, until ${formatMoment(approval.expires)}`,
    ],
    ...sent.map(({ channel, audience, advertisement }): [string, string] => [
      'Went out',
      `${channel}, ${audience.class}, ${audience.list}: copy ${advertisement}`,
    ]),
    ['Withdrawn', withdrawn ?? 'no'],
    ['Criteria', draft.criteria],
    ['Limitations', draft.limitations],
    ['Log', `${sealed.identity}, ${sealed.size} events`],
    ['Pack', sealed.whole ? 'every event of the log' : 'every event that the claim rests on'],
  ]
  const lines = rows.map(
    ([what, text]) => html`<tr><th>${what}</th><td>${text}</td></tr>
`,
  )
  return html`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${claim}</title>
<style>body{font:14px/1.5 sans-serif;margin:2em;max-width:60em}th{text-align:left;vertical-align:top;padding-right:2em}td{overflow-wrap:anywhere}</style>
<h1>${claim}</h1>
<p>Check this pack with <code>python3 verify.py</code> or by opening <code>verify.html</code>: neither needs a network, nor Asof.</p>
<table>
${lines}</table></html>
`.markup
}
