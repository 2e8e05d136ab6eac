/** The page of a gate's report: drawn from its JSON whenever it is read, so that a change of style changes no hash. */
import { type GateReport, REPORT_FORM } from '../commands/gate/report-form.ts'
import { refuse } from '../schemas/kernel/fault.ts'
import type { ChunkStore } from '../streams/log/chunks.ts'

/**
 * Drawing is loaded with the first page: it takes longer to load than all the rest of the gate.
 * @param report SHA-256 of the report's canonical JSON
 * @throws Refusal `report.other-form` for one that a version with another form of report wrote, `chunk.*`
 */
export async function pageOfReport(chunks: ChunkStore, report: string): Promise<string> {
  const parsed = JSON.parse(Buffer.from(await chunks.get(report)).toString()) as GateReport
  if (parsed.form !== REPORT_FORM)
    throw refuse('report.other-form', { report, form: String(parsed.form), drawn: REPORT_FORM })
  const { pageOf } = await import('../commands/gate/page/page.ts')
  return pageOf(parsed, report)
}
