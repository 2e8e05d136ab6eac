/** The page is kept beside the report that it shows, for those reports that somebody will read. */
import { expect, test } from 'vitest'
import { pageOf } from '../../commands/gate/page/page.ts'
import { isEvent } from '../../schemas/event.ts'
import { GateReported } from '../../schemas/events/model.ts'
import { requestValidation } from '../../serving/actions.ts'
import { eventsOf } from '../support/memory-platform.ts'
import { act, judgedPlatform, MODEL, SMALL_POLICY } from '../support/small-platform.ts'

test('a full or a passed report has its page as its second chunk; one that was cut short has none', async () => {
  const platform = await judgedPlatform({
    ...SMALL_POLICY,
    gate: [...SMALL_POLICY.gate, { test: 'net-sharpe', comparison: 'at-most', threshold: 5 }],
  })
  const reportsOf = async () =>
    (await eventsOf(platform.log)).flatMap((one) => (isEvent(GateReported, one) ? [one] : []))
  const full = await reportsOf()
  expect(full).toHaveLength(4)
  for (const { data, chunks } of full) {
    expect(chunks.map(({ format }) => format)).toEqual(['json', 'html'])
    const [report, page] = await Promise.all(chunks.map(({ hash }) => platform.chunks.get(hash)))
    const drawn = pageOf(JSON.parse(Buffer.from(report).toString()), data.report)
    expect(Buffer.from(page).toString() === drawn).toBe(true)
  }
  for (const { data } of full) {
    const request = { model: MODEL, run: data.run, depth: 'until-refused' } as const
    await requestValidation(platform, request, act(`short-${data.run}`))
  }
  const short = (await reportsOf()).slice(4)
  expect(new Set(short.map(({ data }) => data.verdict))).toEqual(new Set(['passed', 'refused']))
  for (const { data, chunks } of short)
    expect(chunks.map(({ format }) => format)).toEqual(
      data.verdict === 'passed' ? ['json', 'html'] : ['json'],
    )
  await platform.close()
})
