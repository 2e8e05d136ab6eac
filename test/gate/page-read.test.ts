/** The page is drawn from the report when it is read: what is hashed, signed and replayed is the JSON alone. */
import { expect, test } from 'vitest'
import { pageOf } from '../../commands/gate/page/page.ts'
import { isEvent } from '../../schemas/event.ts'
import { GateReported } from '../../schemas/events/model.ts'
import { requestValidation } from '../../serving/actions.ts'
import { pageOfReport } from '../../serving/report-page.ts'
import { putDocument } from '../../streams/log/tables.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { act, judgedPlatform, MODEL, SMALL_POLICY } from '../support/small-platform.ts'

test('every report has one chunk, its JSON, and a page whatever was worked out', async () => {
  const platform = await judgedPlatform({
    ...SMALL_POLICY,
    gate: [...SMALL_POLICY.gate, { test: 'net-sharpe', comparison: 'at-most', threshold: 5 }],
  })
  const { runs } = platform.folds.experiments.state()
  for (const run of Object.keys(runs))
    await requestValidation(platform, { model: MODEL, run, depth: 'until-refused' }, act(`short-${run}`))
  const reports = (await eventsOf(platform.log)).flatMap((one) => (isEvent(GateReported, one) ? [one] : []))
  expect(reports).toHaveLength(8)
  expect(new Set(reports.slice(4).map(({ data }) => data.verdict))).toEqual(new Set(['passed', 'refused']))
  for (const { data, chunks } of reports) {
    expect(chunks.map(({ format, hash }) => [format, hash])).toEqual([['json', data.report]])
    const json = JSON.parse(Buffer.from(await platform.chunks.get(data.report)).toString())
    const page = await pageOfReport(platform.chunks, data.report)
    expect(page === pageOf(json, data.report)).toBe(true)
    for (const { formula } of [...json.formulas.features, ...json.formulas.unused, json.formulas.label])
      expect(page).toContain(`<code>${formula}</code>`)
  }
  await platform.close()
})

test('a report of another form is not drawn as if it were of this one', async () => {
  const { chunks } = await judgedPlatform()
  const { hash } = await putDocument(chunks, Buffer.from('{"form":"asof.gate-report.v1"}'), 'json')
  await expect(pageOfReport(chunks, hash)).rejects.toMatchObject({ fault: { code: 'report.other-form' } })
})
